package dev.cutover.dualwrite.verify;

import static dev.cutover.dualwrite.rewrite.SqlText.literal;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.plan.RowHash;
import dev.cutover.dualwrite.plan.TableSql;
import dev.cutover.dualwrite.rewrite.MarkKey;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.verify.Verification.Difference;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/**
 * Compares the two sides of a table that is append-only, within one database: how many rows there are, and the sum of their hashes.
 * One statement sees one snapshot, in which each row is on the idle side or has a mark.
 */
final class AppendedComparison {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

    private final DataSource database;
    private final String path;
    private final TablePlan table;
    private final String query;

    AppendedComparison(DataSource database, MirrorPlan plan, TablePlan table) {
        this.database = database;
        this.path = plan.idlePath();
        this.table = table;
        TableSql sql = new TableSql(plan, table);
        List<String> servingTexts = table.assignments().stream()
                .map(assignment -> assignment.guard() == null
                        ? "((" + assignment.expression() + ")::" + assignment.type() + ")::text"
                        : assignment.guard().compared())
                .toList();
        this.query = "SELECT * FROM ("
                + sum(
                        plan,
                        sql.servingMain(),
                        sql.servingName(),
                        plan.serving().name(),
                        table.servingTable(),
                        RowHash.of(servingTexts))
                + ") AS s, ("
                + sum(
                        plan,
                        sql.idleRows(),
                        sql.idle(),
                        plan.serving().other().name(),
                        table.idleTable(),
                        RowHash.of(sql.idleColumnTexts()))
                + ") AS i";
    }

    private static String sum(MirrorPlan plan, String rows, String qualified, String side, String name, String hash) {
        return "SELECT count(*) AS n, coalesce(sum(" + hash + "), 0)::text AS h FROM " + rows
                + " AS cutover_t WHERE NOT EXISTS (SELECT FROM "
                + plan.transition().marks()
                + " AS cutover_m WHERE cutover_m.tenant = " + literal(plan.tenant()) + " AND cutover_m.side = "
                + literal(side) + " AND cutover_m.tbl = " + literal(name)
                + " AND cutover_m.key = " + MarkKey.place("cutover_t", literal(qualified) + "::regclass") + ")";
    }

    /** @param differences what differs, if anything does */
    record Result(long rows, List<Difference> differences) {}

    Result compare() throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, path, connection -> Rows.query(connection, query, row -> {
                    long serving = row.getLong(1);
                    long idle = row.getLong(3);
                    boolean equal = serving == idle && row.getString(2).equals(row.getString(4));
                    return new Result(
                            serving, equal ? List.of() : List.of(Difference.counted(table.name(), serving, idle)));
                })
                .get(0));
    }
}
