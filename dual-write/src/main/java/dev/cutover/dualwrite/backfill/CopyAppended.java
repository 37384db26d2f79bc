// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.backfill.CopyOutcome.Copied;
import dev.cutover.dualwrite.backfill.CopyOutcome.Moved;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rowsql.MarkedPlaces;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/**
 * Copies a table that is append-only, within one database.
 *
 * <p>Why each row is copied once. A row that is there when the net is installed has no mark and stays where it is; it is read with
 * its block. A row that is inserted later has a mark that is committed with it. The backfill sees the row only with its mark, and leaves
 * it to resync. Resync takes such marks only when the backfill is done. A chunk and the record of it are one transaction, which begins
 * with the record: of two backfills of the same blocks, the second one finds them copied.
 */
final class CopyAppended implements TableCopy {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);

    /**
     * The mark of each row is looked up by an index: there may be very many marks, which are kept until the backfill is done. The
     * server's statistics of them are old.
     */
    private static final String BY_INDEX = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
            + " SET LOCAL enable_seqscan = off; SET LOCAL enable_material = off";

    private final DataSource database;
    private final String path;
    private final TableProgress progress;
    private final TableSql sql;
    private final String insert;
    private final String mark;
    private final String unmarked;

    CopyAppended(DataSource database, MirrorPlan plan, TablePlan table) {
        this.database = database;
        this.path = plan.idlePath();
        this.sql = new TableSql(plan, table);
        this.progress = new TableProgress(plan, sql);
        MarkedPlaces marks = MarkedPlaces.serving(plan, sql);
        this.insert = plan.maintenanceToken() + "INSERT INTO " + sql.idle() + "(" + sql.idleColumns()
                + ") OVERRIDING SYSTEM VALUE SELECT " + sql.expressions();
        this.mark = marks.mark("cutover_b");
        this.unmarked = " AND " + marks.none("cutover_b");
    }

    @Override
    public boolean begin() throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, connection -> {
            if (!progress.begun(connection) && holdsRows(connection)) {
                throw new SQLException(
                        "table " + sql.idle() + " holds rows, and "
                                + sql.table().servingTable()
                                + " moves without a key: abort the transition, empty the table, and begin again",
                        "55000");
            }
            return progress.begin(connection);
        });
    }

    private boolean holdsRows(Connection connection) throws SQLException {
        return Rows.query(connection, "SELECT EXISTS (SELECT FROM " + sql.idleRows() + ")", row -> row.getBoolean(1))
                .get(0);
    }

    @Override
    public List<Slice> cut() throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, connection -> {
            // No VACUUM FULL comes between the two looks.
            Rows.execute(connection, List.of("LOCK TABLE " + sql.servingMain() + " IN ACCESS SHARE MODE"));
            if (progress.moved(connection)) {
                throw rewritten();
            }
            return progress.cut(connection);
        });
    }

    @Override
    public CopyOutcome copy(Slice slice, long to) throws SQLException {
        return passing(slice, to, insert);
    }

    @Override
    public CopyOutcome mark(Slice slice, long to) throws SQLException {
        return passing(slice, to, mark);
    }

    private CopyOutcome passing(Slice slice, long to, String statementText) throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, path, connection -> {
            String rows = slice.rows(to, connection.getMetaData().getDatabaseMajorVersion());
            if (!progress.recordNext(connection, slice, to)) {
                // Another backfill, which has lost its connection and does not know of this one, has copied these
                // blocks.
                connection.rollback();
                return new Moved();
            }
            try (Statement statement = connection.createStatement()) {
                statement.execute(BY_INDEX);
                long passed = statement.executeLargeUpdate(statementText + rows + unmarked);
                if (!progress.unmoved(connection, slice)) {
                    throw rewritten();
                }
                progress.addCopied(connection, slice, passed);
                return new Copied(passed);
            }
        });
    }

    private SQLException rewritten() {
        return new SQLException(
                "table " + sql.servingName()
                        + " was rewritten (VACUUM FULL, CLUSTER) during its backfill, and moves without"
                        + " a key: abort the transition, empty the idle table, and begin again",
                "55000");
    }

    @Override
    public void finish() throws SQLException {
        Transactions.Steps steps = progress::finish;
        Transactions.once(database, LOCK_TIMEOUT, steps.asWork());
    }
}
