// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.adminapi.CampaignTenant;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.VerbName;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's row in a campaign.
 *
 * @param wave its number, from 0
 * @param step the verb that runs, or runs next
 * @param operation the step's id while it runs
 * @param attempts how often the step has failed
 * @param nextAt nothing is tried before
 * @param bakedAt when its wave had been watched for long enough
 * @param revision the row's version, for compare-and-set
 */
record Move(
        String campaign,
        String tenant,
        int wave,
        State state,
        @Nullable VerbName step,
        @Nullable String operation,
        int attempts,
        @Nullable String reason,
        Instant nextAt,
        @Nullable Instant flippedAt,
        @Nullable Instant bakedAt,
        @Nullable Instant endedAt,
        long revision) {

    /** In another state, with the first step of it, if any. */
    Move to(State next, @Nullable VerbName first) {
        return with(copy -> {
            copy.state = next;
            copy.step = first;
            copy.operation = null;
            copy.attempts = 0;
        });
    }

    /** The step is running under that id. */
    Move running(String id) {
        return with(copy -> copy.operation = id);
    }

    /** The step that gives the tenant its new version is asked for. That time is kept, since it is known before anything has changed. */
    Move asked(Instant at) {
        return with(copy -> copy.nextAt = at);
    }

    /** A step comes next, not before a time. @param failed how often it has failed */
    Move next(@Nullable VerbName verb, int failed, @Nullable String why, Instant notBefore) {
        return with(copy -> {
            copy.step = verb;
            copy.operation = null;
            copy.attempts = failed;
            copy.reason = why;
            copy.nextAt = notBefore;
        });
    }

    /**
     * The new side serves. It counts as flipped from the moment at which the flip was asked for: what clients get from the new side must
     * not count as before the flip, however late the campaign has noticed it.
     */
    Move flipped() {
        return to(State.BAKING, null).with(copy -> {
            copy.reason = null;
            copy.flippedAt = nextAt;
        });
    }

    /** It was watched for long enough. */
    Move baked(Instant at) {
        return to(State.DONE, null).with(copy -> {
            copy.reason = null;
            copy.bakedAt = at;
        });
    }

    Move because(@Nullable String why) {
        return with(copy -> copy.reason = why);
    }

    /** The campaign is done with it. */
    Move ended(State last, Instant at) {
        return to(last, null).with(copy -> copy.endedAt = at);
    }

    CampaignTenant shown() {
        return new CampaignTenant(tenant, state, step, reason, flippedAt, endedAt);
    }

    private Move with(Consumer<Copy> change) {
        Copy copy = new Copy(this);
        change.accept(copy);
        return new Move(
                campaign,
                tenant,
                wave,
                copy.state,
                copy.step,
                copy.operation,
                copy.attempts,
                copy.reason,
                copy.nextAt,
                copy.flippedAt,
                copy.bakedAt,
                copy.endedAt,
                revision);
    }

    /** The next row, before it is made. */
    private static final class Copy {
        private State state;
        private @Nullable VerbName step;
        private @Nullable String operation;
        private int attempts;
        private @Nullable String reason;
        private Instant nextAt;
        private @Nullable Instant flippedAt;
        private @Nullable Instant bakedAt;
        private @Nullable Instant endedAt;

        Copy(Move from) {
            state = from.state;
            step = from.step;
            operation = from.operation;
            attempts = from.attempts;
            reason = from.reason;
            nextAt = from.nextAt;
            flippedAt = from.flippedAt;
            bakedAt = from.bakedAt;
            endedAt = from.endedAt;
        }
    }
}
