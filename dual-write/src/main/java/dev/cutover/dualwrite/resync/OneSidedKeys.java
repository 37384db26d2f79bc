// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.rowsql.KeyedTable;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys that only one of two databases has. They are found by walking the one side's keys and looking them up on the
 * other, some thousands at a time.
 */
public final class OneSidedKeys {
    private static final int CHUNK = 5_000;

    private final MirrorPlan plan;
    private final TableSql sql;
    private final Marks marks;

    public OneSidedKeys(MirrorPlan plan, TableSql sql) {
        this.plan = plan;
        this.sql = sql;
        this.marks = new Marks(plan);
    }

    /**
     * Marks, in the serving database, the keys that only the idle side has.
     *
     * @param servingToo whether to mark the keys that only the serving side has as well; before the backfill is complete
     *     those are its business
     */
    public void mark(Connection serving, Connection idle, boolean servingToo) throws SQLException {
        mark(idle, sql.idleKeys(), serving, sql.servingKeys(), serving);
        if (servingToo) {
            mark(serving, sql.servingKeys(), idle, sql.idleKeys(), serving);
        }
    }

    private void mark(
            Connection walked, KeyedTable walkedTable, Connection other, KeyedTable otherTable, Connection serving)
            throws SQLException {
        @Nullable String last = null;
        do {
            List<String> keys = walkedTable.keysAfter(walked, last, CHUNK);
            List<String> absent = otherTable.absent(other, keys);
            marks.add(serving, plan.serving(), sql.table().servingTable(), absent);
            last = keys.size() < CHUNK ? null : keys.get(keys.size() - 1);
        } while (last != null);
    }
}
