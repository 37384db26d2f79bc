// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.rowsql.KeyedTable;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.dualwrite.verify.Verification.Difference;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the serving rows from which PostgreSQL makes no idle row: the cast to the idle column's type, or the mapping's expression,
 * fails. Halves a range of keys until each such row stands alone.
 */
final class RefusedValues {
    /** A mapping that fails for more rows of a range is wrong, and to find them all would take too long. */
    static final int MOST = 1_000;

    private static final int LOOKS = 2;

    private final String name;
    private final KeyedTable table;
    private final KeyMarks marks;
    private final String row;

    /** @param texts of the idle row's columns, over the serving side's */
    RefusedValues(MirrorPlan plan, TableSql sql, List<String> texts) {
        this.name = sql.table().name();
        this.table = sql.servingKeys();
        this.marks = new KeyMarks(plan, sql.table());
        this.row = "count(md5(ROW(" + String.join(", ", texts) + ")::text))";
    }

    /** Finds the rows of a range, at most {@link #MOST}. Their errors by key. */
    Map<String, String> find(Connection serving, KeyRange range) throws SQLException {
        Map<String, String> refused = new LinkedHashMap<>();
        find(serving, range, count(serving, range), refused);
        return refused;
    }

    private void find(Connection serving, KeyRange range, long rows, Map<String, String> refused) throws SQLException {
        if (refused.size() >= MOST) {
            return;
        }
        String query = "SELECT " + row + " FROM " + table.from() + " WHERE " + table.in(range);
        String error = error(serving, query, statement -> table.bind(statement, 1, range));
        String middle = error == null ? null : table.keyBehind(serving, range.from(), Math.max(1, rows / 2));
        if (middle == null) {
            return;
        }
        if (rows <= 1) {
            refused.put(middle, error);
            return;
        }
        find(serving, new KeyRange(range.from(), middle), rows / 2, refused);
        find(serving, new KeyRange(middle, range.to()), rows - rows / 2, refused);
    }

    /**
     * The rows of these keys that are refused still and whose refusal resync does not know of: a write commits together with its
     * mark, and the mark of a refused row stays. Looks twice, because a row may have been changed there and back meanwhile.
     */
    List<Difference> differences(Connection serving, Collection<String> keys) throws SQLException {
        Map<String, String> refused = new LinkedHashMap<>();
        keys.forEach(key -> refused.put(key, ""));
        for (int look = 1; look <= LOOKS && !refused.isEmpty(); look++) {
            Set<String> marked = new HashSet<>();
            boolean wholeTable = marks.among(serving, refused.keySet(), marked);
            Map<String, String> still = among(serving, refused.keySet());
            wholeTable |= marks.among(serving, refused.keySet(), marked);
            refused.clear();
            if (!wholeTable) {
                refused.putAll(still);
                refused.keySet().removeAll(marked);
            }
        }
        return refused.entrySet().stream()
                .map(entry -> Difference.refused(name, entry.getKey(), entry.getValue()))
                .toList();
    }

    private Map<String, String> among(Connection serving, Collection<String> keys) throws SQLException {
        Map<String, String> refused = new LinkedHashMap<>();
        String query = "SELECT " + row + " FROM " + table.joinedWithKeys();
        for (String key : keys) {
            String error = error(
                    serving,
                    query,
                    statement -> statement.setArray(1, serving.createArrayOf("text", new String[] {key})));
            if (error != null) {
                refused.put(key, error);
            }
        }
        return refused;
    }

    private long count(Connection serving, KeyRange range) throws SQLException {
        String query = "SELECT count(*) FROM " + table.from() + " WHERE " + table.in(range);
        try (PreparedStatement statement = serving.prepareStatement(query)) {
            table.bind(statement, 1, range);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    @FunctionalInterface
    private interface Parameters {
        void bind(PreparedStatement statement) throws SQLException;
    }

    /** The error of a row that is refused; null if none is. */
    private static @Nullable String error(Connection serving, String query, Parameters parameters) throws SQLException {
        Savepoint before = serving.setSavepoint();
        try (PreparedStatement statement = serving.prepareStatement(query)) {
            parameters.bind(statement);
            statement.executeQuery();
            serving.releaseSavepoint(before);
            return null;
        } catch (SQLException e) {
            if (!Transactions.refusesValue(e)) {
                throw e;
            }
            serving.rollback(before);
            serving.releaseSavepoint(before);
            return e.getSQLState() + " "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        }
    }
}
