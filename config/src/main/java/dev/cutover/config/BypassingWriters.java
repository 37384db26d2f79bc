// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** What happens to a write to the idle side that neither the proxy nor a maintenance session makes. */
public enum BypassingWriters {
    /** The database refuses it with SQLSTATE 25006. */
    REFUSE,
    /** It is acknowledged, and resync undoes it. */
    UNDO
}
