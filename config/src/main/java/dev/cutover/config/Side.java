// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** One of the two homes of a tenant. The names are fixed; which of them serves is a property of the tenant's route. */
public enum Side {
    BLUE,
    GREEN;

    public Side other() {
        return this == BLUE ? GREEN : BLUE;
    }

    /** The name as it stands in the configuration file, in SQL and on the command line. */
    public String label() {
        return this == BLUE ? "blue" : "green";
    }
}
