// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code cutover ledger TENANT} shows: the rows that the idle side refuses.
 *
 * @param refused how many there are
 * @param rows the oldest of them
 */
public record RefusedRows(String tenant, long refused, List<Row> rows) {

    /**
     * A refused row.
     *
     * @param table by its name on the serving side
     * @param key JSON array of the key's values; null where the table as a whole is meant
     * @param since when the row was marked first
     * @param attempts how often it was tried
     * @param unrepresentableBy {@code up} or {@code down}, the mapping's direction that has no value for the row on the idle
     *     side; null if it is something else that refuses it
     */
    public record Row(
            String table,
            @Nullable String key,
            String sqlState,
            String error,
            Instant since,
            int attempts,
            @Nullable String unrepresentableBy) {}
}
