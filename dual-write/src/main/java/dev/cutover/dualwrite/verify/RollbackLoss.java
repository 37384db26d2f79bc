// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.ServingPart;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts the rows that {@code down} does not give back as they were: each serving row is taken through {@code up} and
 * {@code down} in one query of the serving side, and compared with itself. Columns that are copied there and back as they
 * are need no look, so most tables are not read at all.
 */
public final class RollbackLoss {
    private static final String TIMEOUT = "5min";
    private static final String SYNTAX_OR_ACCESS = "42";
    private static final String CANCELED = "57014";

    private RollbackLoss() {}

    /**
     * A table that loses something, or of which it is not known.
     *
     * @param columns of the serving side, in which rows differ, or a table that has a part of them; why, where a part has no row
     * @param example the key of such a row, as a JSON array
     * @param failure the error, if up or down cannot be evaluated for a row
     * @param unknown why nothing was counted, if the server cannot say: down reads what only the idle side has, or it
     *     takes too long
     */
    public record Loss(
            String table,
            long rows,
            List<String> columns,
            String example,
            @Nullable String failure,
            @Nullable String unknown) {}

    /**
     * Looks at all tables.
     *
     * @param serving to the serving side's database, in autocommit mode
     * @param out the plan in use
     * @param back the plan of the other direction
     */
    public static List<Loss> count(Connection serving, MirrorPlan out, MirrorPlan back) throws SQLException {
        List<Loss> losses = new ArrayList<>();
        for (TablePlan table : out.tables().values()) {
            if (table.idlePart() == null && !back.reading(table.idleTable()).isEmpty()) {
                RoundTrip trip = new RoundTrip(out, table, back);
                if (!trip.certain()) {
                    losses.add(
                            look(serving, table.servingTable(), trip.query(), row -> loss(table, trip.names(), row)));
                }
                for (ServingPart part : table.servingParts()) {
                    String query = "SELECT count(*), min(jsonb_build_array(" + TableSql.keyOf(part) + ")::text)"
                            + new TableSql(out, table).strays(part);
                    losses.add(look(serving, part.table(), query, row -> strays(table, part, row)));
                }
            }
        }
        losses.removeIf(loss -> loss.rows() == 0 && loss.failure() == null && loss.unknown() == null);
        return losses;
    }

    private static Loss strays(TablePlan table, ServingPart part, ResultSet row) throws SQLException {
        String missing = "there is no row of " + table.servingTable() + " for them";
        return new Loss(part.table(), row.getLong(1), List.of(missing), text(row.getString(2)), null, null);
    }

    private static Loss look(Connection serving, String table, String query, Rows.Reader<Loss> reader)
            throws SQLException {
        serving.setAutoCommit(false);
        try {
            Rows.execute(serving, List.of("SET LOCAL statement_timeout = '" + TIMEOUT + "'"));
            return Rows.query(serving, query, reader).get(0);
        } catch (SQLException e) {
            return failed(table, e);
        } finally {
            serving.rollback();
            serving.setAutoCommit(true);
        }
    }

    private static Loss loss(TablePlan table, List<String> names, ResultSet row) throws SQLException {
        List<String> differing = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            if (row.getLong(3 + i) > 0) {
                differing.add(names.get(i));
            }
        }
        return new Loss(table.servingTable(), row.getLong(1), differing, text(row.getString(2)), null, null);
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    private static Loss failed(String table, SQLException e) throws SQLException {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse(state);
        if (Transactions.refusesValue(e)) {
            return new Loss(table, 0, List.of(), "", reason, null);
        }
        if (state.startsWith(SYNTAX_OR_ACCESS)) {
            return new Loss(table, 0, List.of(), "", null, reason);
        }
        if (state.equals(CANCELED)) {
            return new Loss(table, 0, List.of(), "", null, "it takes longer than " + TIMEOUT);
        }
        throw e;
    }
}
