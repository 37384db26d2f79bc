// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** What a flip to another database does with sessions that are pinned to their connection, and so cannot move. */
public enum PinnedPolicy {
    /** It waits for them to end: it is refused and names them, unless it is forced. */
    WAIT,
    /** It goes ahead and ends them with 57P01: those that are idle at once, others at their next transaction. */
    TERMINATE
}
