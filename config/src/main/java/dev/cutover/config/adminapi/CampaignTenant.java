// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A tenant in a campaign.
 *
 * @param step the verb that runs, or runs next; null if none does
 * @param reason why it has failed or waits; null if all is well
 * @param flippedAt when the new side began to serve; null if it never did
 * @param endedAt when the campaign was done with it
 */
public record CampaignTenant(
        String tenant,
        State state,
        @Nullable VerbName step,
        @Nullable String reason,
        @Nullable Instant flippedAt,
        @Nullable Instant endedAt) {

    /** Where a tenant is on its way. */
    public enum State {
        /** Its turn has not come. */
        WAITING,
        /** On the way to its flip. */
        MOVING,
        /** The new side serves, and is watched. */
        BAKING,
        /** The new side serves, and every gate held. Its move may still be completed later. */
        DONE,
        /** The move is being completed. */
        COMPLETING,
        /** The move is completed. */
        COMPLETED,
        /** It has failed after its flip and goes back. */
        GOING_BACK,
        /** It has failed; its old side serves. */
        FAILED,
        /** It has failed, and the new side serves: so the manifest asks, or it could not go back. */
        FAILED_THERE,
        /** The campaign was cancelled while it was on its way. */
        CANCELLED
    }
}
