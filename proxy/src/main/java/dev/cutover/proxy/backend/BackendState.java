// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

/**
 * What a backend connection is doing.
 *
 * <pre>
 * Starting -> Idle &lt;-> Lent -> Lent
 *     |         |      |
 *     +---------+------+--> Closed
 * </pre>
 */
sealed interface BackendState {
    /** Logging in. */
    record Starting(BackendStartup startup) implements BackendState {
        Idle started(long now) {
            return new Idle(now);
        }
    }

    /** In its pool. */
    record Idle(long sinceNanos) implements BackendState {
        Lent lend(BackendListener listener) {
            return new Lent(listener);
        }
    }

    /** Runs a session's transaction, is pinned to a session, or is being checked or reset. */
    record Lent(BackendListener listener) implements BackendState {
        Idle giveBack(long now) {
            return new Idle(now);
        }

        Lent passTo(BackendListener next) {
            return new Lent(next);
        }
    }

    record Closed() implements BackendState {}
}
