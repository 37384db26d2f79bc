// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import java.time.Duration;
import java.time.Instant;

/**
 * A transaction that runs now, as an operator wants to see it when a flip waits for it.
 *
 * @param state as in {@code pg_stat_activity}: {@code active}, {@code idle in transaction} or
 *     {@code idle in transaction (aborted)}
 * @param query the last statement's text, shortened; empty if it was never read
 */
public record ActiveTransaction(
        int backendPid, String client, String user, String state, Instant startedAt, String query) {
    public Duration age(Instant now) {
        return Duration.between(startedAt, now);
    }
}
