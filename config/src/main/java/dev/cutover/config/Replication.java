// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/**
 * Which replication connections pass to the server. Whoever has one sees changes of the whole database, or of the whole
 * server, not only the tenant's.
 */
public enum Replication {
    /** None. */
    REFUSE,
    /** {@code replication=database}: logical decoding. */
    LOGICAL,
    /** Physical replication too. */
    ANY
}
