// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.backfill.CopyOutcome.Copied;
import dev.cutover.dualwrite.backfill.CopyOutcome.Moved;
import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.resync.SurplusKeys;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.dualwrite.transfer.CopyStream;
import dev.cutover.dualwrite.transfer.Crossing;
import dev.cutover.dualwrite.transfer.RowLimit;
import dev.cutover.dualwrite.transfer.RowStage;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/**
 * Copies from one database to another, without a lock on the serving side: rows stream by COPY from the one server to the
 * other. Where one of a chunk is there already, that fails, and they stream into a temporary table and continue from there to where
 * they are not yet.
 *
 * <p>Why no stale row stays behind. A row that is changed after it was read for a chunk has a mark, and resync carries
 * its newer state over: after the chunk, then it overwrites the row; or before it, then the row is there and the chunk's
 * is not inserted. Only where resync found the row deleted, before the chunk put it in, would it stay. So once all chunks
 * are committed on the idle side, the keys that only the idle side has are looked for and marked. A row that is deleted after
 * that look has its mark after all chunks.
 *
 * <p>A chunk that was committed on the idle side and not recorded, because somebody was killed in between, is copied again;
 * what was deleted meanwhile is found by that same look.
 *
 * <p>A row that is too large to pass through the proxy is found before its block is read. Such a block is marked, too, and resync
 * refuses that row alone.
 *
 * <p>The idle side lags, so that a unique value may still be that of the row which had it before. Rows of a block that is
 * refused are marked, and resync brings them over.
 */
final class CopyAcross implements TableCopy {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);

    private final TwoDatabases databases;
    private final MirrorPlan plan;
    private final TableSql sql;
    private final TableProgress progress;
    private final SurplusKeys surplus;
    private final FastPath fast = new FastPath();
    private final String intoTable;
    private final RowStage stage;
    private final RowLimit limit = RowLimit.ofHeap();

    CopyAcross(TwoDatabases databases, MirrorPlan plan, TablePlan table) {
        this.databases = databases;
        this.plan = plan;
        this.sql = new TableSql(plan, table);
        this.progress = new TableProgress(plan, sql);
        this.surplus = new SurplusKeys(plan, sql);
        this.intoTable = plan.maintenanceToken() + "COPY " + sql.idle() + "(" + sql.idleColumns() + ") FROM STDIN";
        this.stage = new RowStage(plan.maintenanceToken(), sql);
    }

    @Override
    public boolean begin() throws SQLException {
        return onServing(progress::begin);
    }

    @Override
    public List<Slice> cut() throws SQLException {
        return onServing(progress::cut);
    }

    private <T> T onServing(Crossing.OneSide<T> work) throws SQLException {
        return Crossing.run(databases, LOCK_TIMEOUT, (serving, idle) -> {
            T result = work.run(serving);
            serving.commit();
            return result;
        });
    }

    @Override
    public CopyOutcome copy(Slice slice, long to) throws SQLException {
        if (fast.open()) {
            try {
                CopyOutcome passed = copy(slice, to, (from, rows, idle) -> stream(from, rows, idle, intoTable));
                fast.passed();
                return passed;
            } catch (SQLException e) {
                // A COPY into a table whose row security holds for this role is refused, too.
                if (!Transactions.refuses(e)) {
                    throw e;
                }
                fast.failed();
            }
        }
        return copy(slice, to, (from, rows, idle) -> {
            stage.create(idle);
            long passed = stream(from, rows, idle, RowStage.INTO);
            stage.insert(idle, sql.onConflictStay());
            return passed;
        });
    }

    /** Brings some rows over. */
    @FunctionalInterface
    private interface Way {
        /** @return how many there are */
        long carry(Connection serving, String rows, Connection idle) throws SQLException;
    }

    private CopyOutcome copy(Slice slice, long to, Way way) throws SQLException {
        return Crossing.run(databases, LOCK_TIMEOUT, plan, (serving, idle) -> {
            String rows = slice.rows(to, serving.getMetaData().getDatabaseMajorVersion());
            refuseLarge(serving, rows);
            long passed = way.carry(serving, rows, idle);
            if (!progress.unmoved(serving, slice)) {
                return new Moved();
            }
            idle.commit();
            progress.record(serving, slice, to, passed);
            serving.commit();
            return new Copied(passed);
        });
    }

    private void refuseLarge(Connection serving, String rows) throws SQLException {
        String query = "SELECT " + sql.size() + " FROM (SELECT *" + sql.from(rows) + ") AS cutover_l WHERE "
                + limit.exceeded(sql) + " LIMIT 1";
        try (Statement statement = serving.createStatement();
                ResultSet large = statement.executeQuery(query)) {
            if (large.next()) {
                throw limit.refusal("a row of " + sql.table().servingTable(), large.getLong(1));
            }
        }
    }

    @Override
    public CopyOutcome mark(Slice slice, long to) throws SQLException {
        return onServing(serving -> {
            String rows = slice.rows(to, serving.getMetaData().getDatabaseMajorVersion());
            try (Statement statement = serving.createStatement()) {
                long passed = statement.executeUpdate(progress.marking(rows));
                if (!progress.unmoved(serving, slice)) {
                    serving.rollback();
                    return new Moved();
                }
                progress.record(serving, slice, to, passed);
                return new Copied(passed);
            }
        });
    }

    private long stream(Connection from, String rows, Connection to, String into) throws SQLException {
        return CopyStream.run(from, "SELECT " + sql.texts() + sql.from(rows), to, into);
    }

    @Override
    public void finish() throws SQLException {
        surplus.markAcross(databases);
        onServing(serving -> {
            progress.finish(serving);
            return true;
        });
    }
}
