package dev.cutover.dualwrite.verify;

import static dev.cutover.dualwrite.rewrite.SqlText.literal;

import dev.cutover.dualwrite.plan.TableSql;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rewrite.SqlText;
import dev.cutover.dualwrite.verify.Verification.Difference;
import dev.cutover.dualwrite.verify.Verification.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Compares within one database.
 *
 * <p>Every comparison is one statement and so sees one snapshot. In any snapshot the sides are equal but for the keys that
 * carry a mark in the same snapshot: a write commits together with its mirror or its mark. So what differs without a mark
 * is a true difference, however busy the table is.
 */
final class ComparisonWithin implements TableComparison {
    private final DataSource database;
    private final TableSql sql;
    private final String idleRow;
    private final String servingRow;
    private final String marks;
    private final int chunkRows;

    ComparisonWithin(DataSource database, MirrorPlan plan, TablePlan table, int chunkRows) {
        this.database = database;
        this.sql = new TableSql(plan, table);
        this.chunkRows = chunkRows;
        this.servingRow = "ROW(" + sql.expressions() + ")::text";
        this.idleRow = "ROW("
                + table.assignments().stream()
                        .map(assignment -> SqlText.identifier(assignment.idleColumn()) + "::" + assignment.type())
                        .collect(Collectors.joining(", "))
                + ")::text";
        this.marks = "SELECT FROM cutover.dirty_key AS mark WHERE mark.tenant = " + literal(plan.tenant())
                + " AND ((mark.side = " + literal(plan.serving().name()) + " AND mark.tbl = "
                + literal(table.servingTable()) + ") OR (mark.side = "
                + literal(plan.serving().other().name()) + " AND mark.tbl = " + literal(table.idleTable())
                + ")) AND (mark.key IS NULL OR mark.key = coalesce(s.key, i.key))";
    }

    @Override
    public void run(Listener listener) throws SQLException, InterruptedException {
        try (Connection connection = database.getConnection()) {
            @Nullable String from = null;
            do {
                Range range = new Range(from, boundary(connection, from));
                Sums sums = sums(connection, range);
                listener.compared(sums.servingRows(), sums.equal() ? List.of() : differences(connection, range));
                from = range.to();
            } while (from != null);
        }
    }

    /** The keys of one chunk: after {@code from} (null: from the start) up to {@code to} (null: to the end). */
    private record Range(@Nullable String from, @Nullable String to) {}

    /** The key that ends the chunk after {@code from}; null when the rest of the table is one chunk. */
    private @Nullable String boundary(Connection connection, @Nullable String from) throws SQLException {
        if (!sql.sameOrder()) {
            return null;
        }
        Range range = new Range(from, null);
        try (PreparedStatement statement = connection.prepareStatement("SELECT " + sql.servingKeyJson() + " FROM "
                + sql.serving() + where(range, sql.servingKey(), sql.servingKeyOf("?::jsonb")) + " ORDER BY "
                + sql.servingKey() + " OFFSET " + (chunkRows - 1) + " LIMIT 1")) {
            bind(statement, 1, range);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? rows.getString(1) : null;
            }
        }
    }

    /** Rows and hashes of both sides. */
    private record Sums(long servingRows, String servingHash, long idleRows, String idleHash) {
        boolean equal() {
            return servingRows == idleRows && servingHash.equals(idleHash);
        }
    }

    private Sums sums(Connection connection, Range range) throws SQLException {
        String query = "SELECT * FROM (" + sum(sql.serving(), servingRow, servingWhere(range)) + ") AS s, ("
                + sum(sql.idle(), idleRow, idleWhere(range)) + ") AS i";
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            bind(statement, bind(statement, 1, range), range);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return new Sums(rows.getLong(1), rows.getString(2), rows.getLong(3), rows.getString(4));
            }
        }
    }

    /** The keys of the range that differ and carry no mark. */
    private List<Difference> differences(Connection connection, Range range) throws SQLException {
        String query = "SELECT coalesce(s.key, i.key)::text, s.key IS NULL, i.key IS NULL FROM (SELECT "
                + sql.servingKeyJson() + " AS key, " + servingRow + " AS row FROM " + sql.serving()
                + servingWhere(range) + ") AS s FULL JOIN (SELECT " + sql.idleKeyJson() + " AS key, " + idleRow
                + " AS row FROM " + sql.idle() + idleWhere(range)
                + ") AS i ON s.key = i.key WHERE s.row IS DISTINCT FROM i.row AND NOT EXISTS (" + marks + ")";
        List<Difference> differences = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            bind(statement, bind(statement, 1, range), range);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Kind kind = rows.getBoolean(2) ? Kind.SURPLUS : rows.getBoolean(3) ? Kind.MISSING : Kind.DIFFERENT;
                    differences.add(new Difference(sql.table().servingTable(), rows.getString(1), kind));
                }
            }
        }
        return differences;
    }

    private static String sum(String table, String row, String where) {
        // A sum, unlike an exclusive or, does not cancel out two equal rows.
        return "SELECT count(*) AS n, coalesce(sum(hashtextextended(" + row + ", 0)::numeric), 0)::text AS h FROM "
                + table + where;
    }

    private String servingWhere(Range range) {
        return where(range, sql.servingKey(), sql.servingKeyOf("?::jsonb"));
    }

    private String idleWhere(Range range) {
        return where(range, sql.idleKey(), sql.idleKeyOf("?::jsonb"));
    }

    private static String where(Range range, String key, String bound) {
        String after = range.from() == null ? "" : " WHERE (" + key + ") > (" + bound + ")";
        return range.to() == null
                ? after
                : after + (after.isEmpty() ? " WHERE (" : " AND (") + key + ") <= (" + bound + ")";
    }

    private int bind(PreparedStatement statement, int parameter, Range range) throws SQLException {
        int next = parameter;
        for (String bound : new String[] {range.from(), range.to()}) {
            if (bound != null) {
                for (int i = 0; i < sql.table().key().size(); i++) {
                    statement.setString(next++, bound);
                }
            }
        }
        return next;
    }
}
