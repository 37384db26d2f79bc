// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A campaign and all its tenants.
 *
 * @param reason why it is paused or was cancelled; null otherwise
 * @param startedBy who did, and from where
 */
public record CampaignStatus(
        String campaign,
        State state,
        @Nullable String reason,
        String startedBy,
        Instant startedAt,
        @Nullable Instant endedAt,
        List<Wave> waves) {

    public enum State {
        RUNNING,
        /** Nothing new begins. What has flipped is still watched, and goes back if it must. */
        PAUSED,
        /** Nothing new begins; it waits for the steps that run. */
        CANCELLING,
        CANCELLED,
        /** It is done with every tenant. Some may have failed. */
        ENDED;

        /** Whether nothing follows. */
        public boolean last() {
            return this == CANCELLED || this == ENDED;
        }
    }

    /** @param bakesUntil when the last of its tenants has been watched for long enough; null until all have flipped or failed */
    public record Wave(String name, @Nullable Instant bakesUntil, List<CampaignTenant> tenants) {}
}
