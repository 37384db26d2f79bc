// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** How a write that analysis understands reaches the idle side. */
public enum MirrorMode {
    /** The client's statement writes both sides. Both must lie in one database. */
    INLINE,
    /** The client's statement writes the serving side and a mark; resync carries the row over. */
    DEFERRED
}
