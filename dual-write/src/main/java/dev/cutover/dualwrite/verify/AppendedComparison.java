// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rowsql.MarkedPlaces;
import dev.cutover.dualwrite.rowsql.RowHash;
import dev.cutover.dualwrite.rowsql.TableSql;
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
        this.query = "SELECT * FROM ("
                + sum(sql.servingMain(), MarkedPlaces.serving(plan, sql), sql.comparedTextsWithin()) + ") AS s, ("
                + sum(sql.idleRows(), MarkedPlaces.idle(plan, sql), sql.idleColumnTexts()) + ") AS i";
    }

    private static String sum(String rows, MarkedPlaces marks, List<String> texts) {
        return "SELECT count(*) AS n, coalesce(sum(" + RowHash.of(texts) + "), 0)::text AS h FROM " + rows
                + " AS cutover_t WHERE " + marks.none("cutover_t");
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
