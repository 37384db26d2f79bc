// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code cutover status TENANT} shows.
 *
 * @param idle null for a tenant that is only routed
 * @param mirroring whether writes reach the idle side
 * @param running the verb of the operation that works on the tenant now, or null
 * @param work how far it has come, if it is a backfill or a verification
 * @param rogueWrites writes on the idle side that neither a mirrored statement nor a resync made, since this proxy began
 *     to mirror; all were undone
 * @param resyncTrouble why nothing is carried over at this moment, or null
 * @param fallback the tables whose writes mark where they would write both sides, since the idle side refuses rows of them
 * @param readyRevoked why the tenant is MIRRORING after it was READY, or null
 */
public record TenantStatus(
        String tenant,
        Phase phase,
        Side serving,
        @Nullable Side idle,
        long epoch,
        boolean mirroring,
        Backfill backfill,
        Verify verify,
        Marks marks,
        SchemaVersion schemaVersion,
        @Nullable String running,
        @Nullable WorkProgress work,
        long rogueWrites,
        @Nullable String resyncTrouble,
        List<Fallback> fallback,
        @Nullable Revoked readyRevoked,
        Traffic traffic) {

    /** @param rows serving rows passed so far */
    public record Backfill(long rows, long total, boolean done) {}

    /** @param at when the last verification ended; null if there was none */
    public record Verify(
            long rows, long mismatches, @Nullable Instant at) {}

    /**
     * @param pending keys that may differ on the idle side at this moment
     * @param failed those of them that the idle side refused
     * @param oldestMillis age of the oldest pending one
     */
    public record Marks(long pending, long failed, long oldestMillis) {}

    /** @param error why, in one line */
    public record Fallback(String table, Instant since, String error) {}

    /** @param reason the event, in one line */
    public record Revoked(Instant at, String reason) {}

    public record SchemaVersion(
            @Nullable String blue, @Nullable String green) {}

    /** @param transactions those that run now */
    public record Traffic(int sessions, int transactions, List<String> pinned) {}
}
