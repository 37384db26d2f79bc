// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A running command, or its outcome.
 *
 * @param message one line: what happened, or why not
 * @param flip set when a flip or rollback succeeded
 * @param blockers the transactions that made a flip time out
 * @param findings the guardrails that refused, or what check found
 * @param plan the steps that a dry run has planned, a line each; nothing of them was done
 */
public record Operation(
        String id,
        String tenant,
        String verb,
        State state,
        String message,
        @Nullable Progress progress,
        @Nullable FlipResult flip,
        List<Blocker> blockers,
        List<Finding> findings,
        List<String> plan,
        Instant startedAt,
        @Nullable Instant endedAt) {

    public enum State {
        RUNNING,
        SUCCEEDED,
        /** A guardrail or the tenant's phase does not allow it; nothing has changed. */
        REFUSED,
        /** The drain deadline passed; nothing has changed. */
        TIMED_OUT,
        FAILED
    }

    public record Progress(String unit, long done, long total) {}

    public boolean ended() {
        return state != State.RUNNING;
    }

    /** The same operation, under the id that it was asked for with. */
    public Operation withId(String next) {
        return new Operation(
                next, tenant, verb, state, message, progress, flip, blockers, findings, plan, startedAt, endedAt);
    }

    /** The operation at its end. */
    public Operation ended(State how, String why, Instant at) {
        return new Operation(id, tenant, verb, how, why, progress, flip, blockers, findings, plan, startedAt, at);
    }
}
