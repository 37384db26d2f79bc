// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import static dev.cutover.dualwrite.model.SqlText.literal;

import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.rowsql.KeyedTable;
import dev.cutover.dualwrite.rowsql.RowHash;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.dualwrite.transfer.Crossing;
import dev.cutover.dualwrite.transfer.KeyBuckets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/** Marks the keys of a table that only the idle side has. */
public final class SurplusKeys {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);
    private static final int BUCKETS = 8_192;
    private static final int BATCH = 5_000;

    private final MirrorPlan plan;
    private final TableSql sql;

    public SurplusKeys(MirrorPlan plan, TableSql sql) {
        this.plan = plan;
        this.sql = sql;
    }

    /** Where one database holds both sides: in one statement, and so in one snapshot. */
    public void markWithin(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO " + plan.transition().marks() + " (tenant, side, tbl, key) SELECT "
                    + literal(plan.tenant()) + ", " + literal(plan.serving().name()) + ", "
                    + literal(sql.table().servingTable()) + ", " + sql.idleKeyJson() + " FROM " + sql.idleRows()
                    + " AS idle WHERE NOT EXISTS (SELECT FROM " + sql.serving() + " AS serving WHERE "
                    + sql.sameKey("serving", "idle") + ")");
        }
    }

    /**
     * Where two databases hold them. The keys of both are divided by their hash and summed up; the idle side's keys are looked
     * up on the serving side where the sums differ.
     */
    public void markAcross(TwoDatabases databases) throws SQLException {
        KeyBuckets buckets = new KeyBuckets(BUCKETS);
        Crossing.run(databases, LOCK_TIMEOUT, (serving, idle) -> {
            KeyedTable servingKeys = sql.servingKeys();
            KeyedTable idleKeys = sql.idleKeys();
            List<Integer> different = KeyBuckets.different(
                    () -> buckets.sums(serving, servingKeys, KeyRange.ALL, RowHash.of(servingKeys.keyTexts())),
                    () -> buckets.sums(idle, idleKeys, KeyRange.ALL, RowHash.of(idleKeys.keyTexts())));
            Marks marks = new Marks(plan);
            buckets.rows(idle, idleKeys, KeyRange.ALL, different, idleKeys.keyJson(), BATCH, rows -> {
                List<String> keys = rows.stream().map(row -> row.get(0)).toList();
                List<String> absent = servingKeys.absent(serving, keys);
                marks.add(serving, plan.serving(), sql.table().servingTable(), absent);
            });
            serving.commit();
            return different.size();
        });
    }
}
