// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.adminapi.CampaignStatus.State;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A campaign's row.
 *
 * @param manifest YAML, as it was given
 * @param now when it was read, by the control database's clock
 */
record CampaignRow(
        String name,
        String manifest,
        State state,
        @Nullable String reason,
        String startedBy,
        Instant startedAt,
        @Nullable Instant endedAt,
        Instant now) {}
