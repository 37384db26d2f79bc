// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.time.Duration;

/**
 * How fast a tenant's rows are copied and compared. All of it can be reloaded; a running backfill or verification takes it up
 * at once, but for {@code workers}.
 *
 * @param rate rows a second at most; 0 (the default) for no limit
 * @param workers how many threads copy or compare, each with a connection of its own to either database; default 2
 * @param maxReplicaLag while a replica of the serving side's server is further behind, nothing is copied; zero for no such
 *     limit; default 10s
 * @param maxSlowdown how many times as long as without a backfill the slowest hundredth of the tenant's transactions may take; 0
 *     for no such limit; default 1.5
 * @param maxProofAge how old the last verification may be when a flip begins; a READY tenant is verified again before
 *     that. Zero for no limit; default 1h
 */
public record BackfillPolicy(int rate, int workers, Duration maxReplicaLag, double maxSlowdown, Duration maxProofAge) {
    public static final BackfillPolicy DEFAULT =
            new BackfillPolicy(0, 2, Duration.ofSeconds(10), 1.5, Duration.ofHours(1));
}
