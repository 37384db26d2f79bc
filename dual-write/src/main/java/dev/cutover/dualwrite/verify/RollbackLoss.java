package dev.cutover.dualwrite.verify;

import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.plan.TableSql;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Assignment;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rewrite.SqlText;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Counts the rows that {@code down} does not give back as they were: each serving row is taken through {@code up} and
 * {@code down} in one query of the serving side, and compared with itself. Columns that are copied there and back as they
 * are need no look, so most tables are not read at all.
 */
public final class RollbackLoss {
    private static final String TIMEOUT = "5min";
    private static final String DATA_EXCEPTION = "22";
    private static final String SYNTAX_OR_ACCESS = "42";
    private static final String CANCELED = "57014";

    private RollbackLoss() {}

    /**
     * A table that loses something, or of which it is not known.
     *
     * @param columns of the serving side, in which rows differ
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
     * @param serving to the serving side's database, committing by itself
     * @param out the plan in use
     * @param back the plan of the other direction
     */
    public static List<Loss> count(Connection serving, MirrorPlan out, MirrorPlan back) throws SQLException {
        List<Loss> losses = new ArrayList<>();
        for (TablePlan there : out.tables().values()) {
            TablePlan home = back.tables().get(there.idleTable());
            List<Assignment> doubtful = home == null ? List.of() : doubtful(there, home);
            if (!doubtful.isEmpty()) {
                Loss loss = count(serving, out, there, doubtful);
                if (loss.rows() > 0 || loss.failure() != null || loss.unknown() != null) {
                    losses.add(loss);
                }
            }
        }
        return losses;
    }

    /** The serving columns that are not simply copied there and back. */
    private static List<Assignment> doubtful(TablePlan there, TablePlan home) {
        return home.assignments().stream()
                .filter(back -> !back.key() && !copied(there, back))
                .toList();
    }

    private static boolean copied(TablePlan there, Assignment back) {
        return there.assignments().stream()
                .anyMatch(up -> back.expression().equals(SqlText.identifier(up.idleColumn()))
                        && up.expression().equals(SqlText.identifier(back.idleColumn()))
                        && up.type().equals(back.type()));
    }

    private static Loss count(Connection serving, MirrorPlan plan, TablePlan there, List<Assignment> doubtful)
            throws SQLException {
        TableSql sql = new TableSql(plan, there);
        String query = "SELECT count(*), min(cutover_key::text), "
                + IntStream.rangeClosed(1, doubtful.size())
                        .mapToObj(i -> "count(*) FILTER (WHERE cutover_differs[" + i + "])")
                        .collect(joining(", "))
                + " FROM (SELECT cutover_key, ARRAY["
                + doubtful.stream().map(RollbackLoss::differs).collect(joining(", "))
                + "] AS cutover_differs FROM (SELECT cutover_was, " + sql.servingKeyJson() + " AS cutover_key, "
                + there.assignments().stream().map(RollbackLoss::up).collect(joining(", "))
                + " FROM (SELECT *, cutover_t"
                + " AS cutover_was FROM " + sql.serving() + " AS cutover_t) AS cutover_s) AS cutover_up)"
                + " AS cutover_down WHERE true = ANY (cutover_differs)";
        serving.setAutoCommit(false);
        try {
            Rows.execute(serving, List.of("SET LOCAL statement_timeout = '" + TIMEOUT + "'"));
            return Rows.query(serving, query, row -> loss(there.servingTable(), doubtful, row))
                    .get(0);
        } catch (SQLException e) {
            return failed(there.servingTable(), e);
        } finally {
            serving.rollback();
            serving.setAutoCommit(true);
        }
    }

    /** A type of the idle side's own schema may not exist here, if that is another database; its text does for a look. */
    private static String up(Assignment up) {
        String cast = up.type().indexOf('.') < 0 ? "::" + up.type() : "";
        return "(" + up.expression() + ")" + cast + " AS " + SqlText.identifier(up.idleColumn());
    }

    /** As text, since not every type has an equality. */
    private static String differs(Assignment back) {
        return "((cutover_was)." + SqlText.identifier(back.idleColumn()) + ")::text IS DISTINCT FROM (("
                + back.expression() + ")::" + back.type() + ")::text";
    }

    private static Loss loss(String table, List<Assignment> doubtful, ResultSet row) throws SQLException {
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < doubtful.size(); i++) {
            if (row.getLong(3 + i) > 0) {
                columns.add(doubtful.get(i).idleColumn());
            }
        }
        String example = row.getString(2);
        return new Loss(table, row.getLong(1), columns, example == null ? "" : example, null, null);
    }

    private static Loss failed(String table, SQLException e) throws SQLException {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse(state);
        if (state.startsWith(DATA_EXCEPTION)) {
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
