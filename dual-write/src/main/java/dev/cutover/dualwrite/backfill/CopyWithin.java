// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.backfill.CopyOutcome.Copied;
import dev.cutover.dualwrite.backfill.CopyOutcome.Moved;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.resync.SurplusKeys;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/**
 * Copies within one database, without a lock on the serving side: to lock a row is to write it.
 *
 * <p>Why no stale row stays behind. A chunk is one statement. It reads a row in its snapshot and inserts it on the idle side
 * if its key is not there; the idle side's unique index decides who comes first, and whoever comes second waits for the
 * first one's end.
 *
 * <ul>
 *   <li>A client changes the row after that snapshot, and the same statement of its upserts the idle row: if it comes first,
 *       the chunk's row is not inserted; if it comes second, it overwrites it.
 *   <li>A client's change is only marked: resync upserts the idle row from a later state, and meets the chunk just as that
 *       client would.
 *   <li>A client deletes the row after that snapshot. Its statement may not see the idle row that the chunk inserts; it marks
 *       the key then, but resync may come and find nothing to delete before the chunk commits. So the row may stay. Once all
 *       chunks are committed, the keys that only the idle side has are looked for, in one statement, and marked. A deletion
 *       that is not seen by that statement commits after all chunks, and so does its mark: resync finds the row.
 * </ul>
 *
 * <p>A chunk that is tried the fast way says nothing about keys that are there already: the first such row fails it, and it is
 * copied as above.
 *
 * <p>A row that has changed meanwhile may be refused by a unique index of the idle side, since the value that it had has
 * gone to another row. Rows of a block that is refused are marked, and resync brings them over.
 */
final class CopyWithin implements TableCopy {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);

    /** A chunk that a crash of the server loses is lost with the record of it. The table's last record is durable. */
    private static final String NEED_NOT_BE_DURABLE = "SET LOCAL synchronous_commit = off";

    private final DataSource database;
    private final String path;
    private final TableProgress progress;
    private final TableSql sql;
    private final SurplusKeys surplus;
    private final FastPath fast = new FastPath();
    private final String insert;
    private final String onConflict;

    CopyWithin(DataSource database, MirrorPlan plan, TablePlan table) {
        this.database = database;
        this.path = plan.idlePath();
        this.sql = new TableSql(plan, table);
        this.progress = new TableProgress(plan, sql);
        this.surplus = new SurplusKeys(plan, sql);
        this.insert = plan.maintenanceToken() + "INSERT INTO " + sql.idle() + "(" + sql.idleColumns()
                + ") OVERRIDING SYSTEM VALUE SELECT " + sql.expressions();
        this.onConflict = " ON CONFLICT (" + sql.idleKey() + ") DO NOTHING";
    }

    @Override
    public boolean begin() throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, progress::begin);
    }

    @Override
    public List<Slice> cut() throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, progress::cut);
    }

    @Override
    public CopyOutcome copy(Slice slice, long to) throws SQLException {
        if (fast.open()) {
            try {
                CopyOutcome passed =
                        passing(slice, to, (statement, rows) -> statement.executeLargeUpdate(insert + sql.from(rows)));
                fast.passed();
                return passed;
            } catch (SQLException e) {
                if (!Transactions.refuses(e)) {
                    throw e;
                }
                fast.failed();
            }
        }
        return passing(slice, to, (statement, rows) -> {
            statement.execute(insert + sql.from(rows) + onConflict);
            return count(statement, rows);
        });
    }

    @Override
    public CopyOutcome mark(Slice slice, long to) throws SQLException {
        return passing(slice, to, (statement, rows) -> statement.executeLargeUpdate(progress.marking(rows)));
    }

    /** What is done with some rows. */
    @FunctionalInterface
    private interface Chunk {
        /** @return how many there are */
        long run(Statement statement, String rows) throws SQLException;
    }

    private CopyOutcome passing(Slice slice, long to, Chunk chunk) throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, path, connection -> {
            String rows = slice.rows(to, connection.getMetaData().getDatabaseMajorVersion());
            try (Statement statement = connection.createStatement()) {
                statement.execute(NEED_NOT_BE_DURABLE);
                long passed = chunk.run(statement, rows);
                if (!progress.unmoved(connection, slice)) {
                    connection.rollback();
                    return new Moved();
                }
                progress.record(connection, slice, to, passed);
                return new Copied(passed);
            }
        });
    }

    private long count(Statement statement, String rows) throws SQLException {
        try (ResultSet result = statement.executeQuery("SELECT count(*)" + sql.from(rows))) {
            result.next();
            return result.getLong(1);
        }
    }

    @Override
    public void finish() throws SQLException {
        Transactions.Steps steps = connection -> {
            surplus.markWithin(connection);
            progress.finish(connection);
        };
        Transactions.once(database, LOCK_TIMEOUT, steps.asWork());
    }
}
