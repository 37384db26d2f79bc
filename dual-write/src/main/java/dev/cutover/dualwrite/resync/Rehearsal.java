// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.database.SchemaPath;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.ServingPart;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.dualwrite.transfer.Crossing;
import dev.cutover.dualwrite.transfer.IdleWriter;
import dev.cutover.dualwrite.transfer.RowLimit;
import dev.cutover.dualwrite.transfer.RowStage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Tries, with a row of each table, whether a write that a client would make after the flip reaches the other side, and
 * undoes it all: the row is updated without a change, the net marks it, and it is carried over.
 *
 * <p>Both sides' rows are locked for the moment that this takes. Nothing waits for a lock for long; a row that cannot be had
 * is left for the next one. User triggers of the side that serves now see the row once more, within the transaction that is
 * rolled back. The code of each side's tables runs under that side's {@code search_path}, as it does for a client.
 */
public final class Rehearsal {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(200);
    private static final int ROWS_TRIED = 5;

    private final Placement placement;
    private final MirrorPlan now;
    private final MirrorPlan plan;

    /**
     * @param placement reversed: its serving side is the one that will serve
     * @param now the plan of the direction that mirrors now
     * @param plan of the one to be rehearsed
     */
    public Rehearsal(Placement placement, MirrorPlan now, MirrorPlan plan) {
        this.placement = placement;
        this.now = now;
        this.plan = plan;
    }

    /**
     * A table that a write did not get through.
     *
     * @param locked nothing is wrong, but rows are locked
     */
    public record Failure(String table, boolean locked, String reason) {}

    /** Tables without a row have nothing to try with, and pass. */
    public List<Failure> run() throws SQLException {
        List<Failure> failures = new ArrayList<>();
        for (TablePlan table : plan.tables().values()) {
            // The net refuses an UPDATE of a table that is append-only, and an INSERT would leave a row.
            if (!table.appendOnly()) {
                rehearse(table, failures);
            }
        }
        return failures;
    }

    private void rehearse(TablePlan table, List<Failure> failures) throws SQLException {
        TableSql sql = new TableSql(plan, table);
        List<String> keys;
        try (Connection connection = placement.serving().getConnection()) {
            keys = sql.servingKeys().keysAfter(connection, null, ROWS_TRIED);
        }
        String reason = "";
        for (String key : keys) {
            try {
                if (through(sql, key)) {
                    return;
                }
                reason = "the net did not mark it";
            } catch (SQLException e) {
                if (Transactions.serverGone(e)) {
                    throw e;
                }
                if (!Transactions.gaveWay(e)) {
                    failures.add(new Failure(table.name(), false, String.valueOf(e.getMessage())));
                    return;
                }
            }
        }
        if (!keys.isEmpty()) {
            failures.add(new Failure(table.name(), reason.isEmpty(), reason));
        }
    }

    /** @return false if the net did not mark the write */
    private boolean through(TableSql sql, String key) throws SQLException {
        if (placement instanceof OneDatabase one) {
            return within(one, sql, key);
        }
        return Crossing.run((TwoDatabases) placement, LOCK_TIMEOUT, plan, (serving, idle) -> {
            boolean marked = write(serving, sql, key);
            IdleWriter writer = IdleWriter.overwriting(idle, plan.maintenanceToken(), sql);
            MarkedRows.read(serving, sql, List.of(key), RowLimit.ofHeap(), writer)
                    .streamLarge(serving, idle, sql, new RowStage(plan.maintenanceToken(), sql));
            // What is not committed by the end of a crossing is rolled back.
            return marked;
        });
    }

    private boolean within(OneDatabase one, TableSql sql, String key) throws SQLException {
        try (Connection connection = one.database().getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement timeout =
                    connection.prepareStatement("SET LOCAL lock_timeout = " + LOCK_TIMEOUT.toMillis())) {
                timeout.execute();
                lock(connection, sql, key);
                SchemaPath.begin(connection, plan.servingPath());
                boolean marked = write(connection, sql, key);
                SchemaPath.begin(connection, plan.idlePath());
                new TableResync(plan, sql.table()).apply(connection, List.of(key));
                return marked;
            } finally {
                connection.rollback();
            }
        }
    }

    /**
     * The row of the side that serves now first, as a client's statement has it: who held the other one and waited for this
     * would have the client wait in a circle, until a lock's timeout.
     */
    private static void lock(Connection connection, TableSql sql, String key) throws SQLException {
        String select = "SELECT FROM " + sql.idleRows() + " AS idle WHERE (" + sql.idleKey() + ") = ("
                + sql.idleKeyOf("?::jsonb") + ") FOR NO KEY UPDATE";
        try (PreparedStatement statement = connection.prepareStatement(select)) {
            for (int i = 1; i <= sql.table().key().size(); i++) {
                statement.setString(i, key);
            }
            statement.execute();
        }
    }

    /** The updates that change nothing. @return whether each left a mark, or found no row */
    private boolean write(Connection connection, TableSql sql, String key) throws SQLException {
        TablePlan table = sql.table();
        List<String> columns = table.key().stream().map(Key::servingColumn).toList();
        boolean marked = write(connection, sql, sql.servingMain(), table.servingTable(), columns, key);
        for (ServingPart part : table.servingParts()) {
            String qualified = SqlText.qualified(plan.servingSchema(), part.table());
            marked &= write(connection, sql, qualified, part.table(), part.key(), key);
        }
        return marked;
    }

    private boolean write(
            Connection connection, TableSql sql, String target, String table, List<String> keyColumns, String key)
            throws SQLException {
        String column = SqlText.identifier(writable(table).orElse(keyColumns.get(0)));
        String update = "UPDATE " + target + " SET " + column + " = " + column
                + " WHERE (" + keyColumns.stream().map(SqlText::identifier).collect(Collectors.joining(", ")) + ") = ("
                + sql.servingKeyOf(SqlText.literal(key) + "::jsonb") + ")";
        try (Statement statement = connection.createStatement()) {
            statement.execute(nested(update));
        }
        try (PreparedStatement found = connection.prepareStatement("SELECT current_setting('cutover.found')::int")) {
            if (!answersYes(found)) {
                return true;
            }
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT count(*) FROM "
                + now.transition().marks() + " WHERE tenant = ? AND side = ? AND tbl = ? AND key = ?::jsonb"
                + " AND xmin::text::bigint = (txid_current() % (2^32)::bigint)")) {
            Side side = plan.serving();
            statement.setString(1, plan.tenant());
            statement.setString(2, side.name());
            statement.setString(3, table);
            statement.setString(4, key);
            return answersYes(statement);
        }
    }

    /**
     * A write that the fence of the side that is still idle lets through, since a maintenance session makes it, and that the
     * net marks as it would a client's, since it is nested.
     */
    private String nested(String update) {
        String body = "BEGIN " + update + "; PERFORM set_config('cutover.found', CASE WHEN FOUND THEN '1' ELSE '0' END,"
                + " true); END";
        return now.maintenanceToken() + " DO " + SqlText.literal(body);
    }

    /** A column that an UPDATE may set: one that is carried over now, if there is one beside the key. */
    private Optional<String> writable(String table) {
        return Optional.ofNullable(now.making(table)).flatMap(there -> there.assignments().stream()
                .filter(assignment -> !assignment.key())
                .map(Assignment::idleColumn)
                .findFirst());
    }

    private static boolean answersYes(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.next() && rows.getLong(1) > 0;
        }
    }
}
