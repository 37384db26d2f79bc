// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import static dev.cutover.dualwrite.model.SqlText.literal;
import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.rowsql.RowHash;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.dualwrite.verify.Verification.Difference;
import dev.cutover.dualwrite.verify.Verification.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/**
 * Compares within one database.
 *
 * <p>Every comparison is one statement and so sees one snapshot. In any snapshot the sides are equal but for the keys that
 * carry a mark in the same snapshot: a write commits together with its mirror or its mark. So what differs without a mark
 * is a true difference, however busy the table is.
 */
final class ComparisonWithin implements TableComparison {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);
    private static final int BATCH = 1_000;

    private final DataSource database;
    private final String path;
    private final TableSql sql;
    private final RefusedValues refusedValues;
    private final String servingSum;
    private final String idleSum;
    private final String servingRow;
    private final String idleRow;
    private final String marks;

    ComparisonWithin(DataSource database, MirrorPlan plan, TablePlan table) {
        this.database = database;
        this.path = plan.idlePath();
        this.sql = new TableSql(plan, table);
        List<String> servingTexts = sql.comparedTextsWithin();
        List<String> idleTexts = sql.idleColumnTexts();
        this.refusedValues = new RefusedValues(plan, sql, servingTexts);
        this.servingSum = RowHash.of(servingTexts);
        this.idleSum = RowHash.of(idleTexts);
        this.servingRow = "ROW(" + String.join(", ", servingTexts) + ")::text";
        this.idleRow = "ROW(" + String.join(", ", idleTexts) + ")::text";
        this.marks =
                "SELECT FROM " + plan.transition().marks() + " AS mark WHERE mark.tenant = " + literal(plan.tenant())
                        + " AND ((mark.side = " + literal(plan.serving().name()) + " AND mark.tbl IN ("
                        + table.servingTables().map(SqlText::literal).collect(joining(", ")) + ")) OR (mark.side = "
                        + literal(plan.serving().other().name()) + " AND mark.tbl = " + literal(table.idleTable())
                        + ")) AND (mark.key IS NULL OR mark.key = coalesce(s.key, i.key)" + equalKeys() + ")";
    }

    @Override
    public long compare(KeyRange range, Collection<String> without, Found found) throws SQLException {
        String serving = sql.servingKeys().without(without).name();
        String idle = sql.idleKeys().without(without).name();
        return Transactions.once(database, LOCK_TIMEOUT, path, connection -> {
            Sums sums = sums(connection, range, serving, idle);
            if (!sums.equal()) {
                differences(connection, range, serving, idle, found);
            }
            return sums.servingRows();
        });
    }

    @Override
    public Refused refused(KeyRange range) throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, path, connection -> {
            Set<String> keys = refusedValues.find(connection, range).keySet();
            return new Refused(keys, refusedValues.differences(connection, keys));
        });
    }

    /** Rows and hashes of both sides. */
    private record Sums(long servingRows, String servingHash, long idleRows, String idleHash) {
        boolean equal() {
            return servingRows == idleRows && servingHash.equals(idleHash);
        }
    }

    private Sums sums(Connection connection, KeyRange range, String serving, String idle) throws SQLException {
        String query = "SELECT * FROM (" + sum(serving, servingSum, servingWhere(range)) + ") AS s, ("
                + sum(idle, idleSum, idleWhere(range)) + ") AS i";
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            bind(statement, bind(statement, 1, range), range);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return new Sums(rows.getLong(1), rows.getString(2), rows.getLong(3), rows.getString(4));
            }
        }
    }

    /** A row that was renamed from {@code bob} to {@code Bob} has the mark of the new key; the idle side still has the old one. */
    private String equalKeys() {
        return sql.exactKeys()
                ? ""
                : " OR (" + keyValues("s") + ") = (" + sql.servingKeyOf("mark.key") + ") OR (" + keyValues("i")
                        + ") = (" + sql.idleKeyOf("mark.key") + ")";
    }

    private String sameKey() {
        return sql.exactKeys() ? "s.key = i.key" : "(" + keyValues("s") + ") = (" + keyValues("i") + ")";
    }

    private String keyValues(String alias) {
        return IntStream.range(0, sql.table().key().size())
                .mapToObj(i -> alias + ".k" + i)
                .collect(joining(", "));
    }

    private static String named(List<String> key) {
        return IntStream.range(0, key.size())
                .mapToObj(i -> ", " + SqlText.identifier(key.get(i)) + " AS k" + i)
                .collect(joining());
    }

    /** Tells the keys of the range that differ and carry no mark. */
    private void differences(Connection connection, KeyRange range, String serving, String idle, Found found)
            throws SQLException {
        String query = "SELECT coalesce(s.key, i.key)::text, s.key IS NULL, i.key IS NULL FROM (SELECT "
                + sql.servingKeyJson() + " AS key, " + servingRow + " AS row"
                + named(sql.servingKeys().keyColumns()) + " FROM " + serving + " AS serving" + servingWhere(range)
                + ") AS s FULL JOIN (SELECT " + sql.idleKeyJson() + " AS key, "
                + idleRow
                + " AS row" + named(sql.idleKeys().keyColumns()) + " FROM " + idle + " AS idle" + idleWhere(range)
                + ") AS i ON " + sameKey() + " WHERE s.row IS DISTINCT FROM i.row AND NOT EXISTS (" + marks + ")";
        List<Difference> differences = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setFetchSize(BATCH);
            bind(statement, bind(statement, 1, range), range);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Kind kind = rows.getBoolean(2) ? Kind.SURPLUS : rows.getBoolean(3) ? Kind.MISSING : Kind.DIFFERENT;
                    differences.add(new Difference(sql.table().name(), rows.getString(1), kind));
                    if (differences.size() == BATCH) {
                        found.differ(differences);
                        differences.clear();
                    }
                }
            }
        }
        found.differ(differences);
    }

    private static String sum(String table, String hash, String where) {
        // A sum, unlike an exclusive or, does not cancel out two equal rows. PostgreSQL's is wider than its bigint.
        return "SELECT count(*) AS n, coalesce(sum(" + hash + "), 0)::text AS h FROM " + table + " AS cutover_t"
                + where;
    }

    private String servingWhere(KeyRange range) {
        return where(range, sql.servingKey(), sql.servingKeyOf("?::jsonb"));
    }

    private String idleWhere(KeyRange range) {
        return where(range, sql.idleKey(), sql.idleKeyOf("?::jsonb"));
    }

    private static String where(KeyRange range, String key, String bound) {
        String after = range.from() == null ? "" : " WHERE (" + key + ") > (" + bound + ")";
        return range.to() == null
                ? after
                : after + (after.isEmpty() ? " WHERE (" : " AND (") + key + ") <= (" + bound + ")";
    }

    private int bind(PreparedStatement statement, int parameter, KeyRange range) throws SQLException {
        return sql.servingKeys().bind(statement, parameter, range);
    }
}
