// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** How long a session keeps a backend connection. */
public enum PoolMode {
    /** For one transaction, unless the session is pinned. */
    TRANSACTION,
    /** From its first statement until its client disconnects. */
    SESSION
}
