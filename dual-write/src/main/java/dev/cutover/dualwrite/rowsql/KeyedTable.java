// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.rowsql;

import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.model.MarkKey;
import dev.cutover.dualwrite.model.SqlText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One side's rows of a table, as a set of keys. Its keys can be walked in its own order and looked up; two databases may sort the
 * same keys differently, so what is walked on one side is looked up on the other.
 *
 * @param name as FROM names it: schema-qualified, or a query in parentheses
 * @param main the table that holds the key's columns, schema-qualified
 * @param keyColumns raw names, in key order
 * @param keyTypes as format_type() names them
 * @param keyOf takes the key's values out of a JSON array
 */
public record KeyedTable(
        String name, String main, List<String> keyColumns, List<String> keyTypes, UnaryOperator<String> keyOf) {
    private static final String ALIAS = "cutover_t";

    /** Makes the JSON array of a row's key. */
    public String keyJson() {
        return MarkKey.json(keyValues(), keyTypes) + "::text";
    }

    /** Qualified, since ORDER BY takes a bare name for a result column first. */
    private String key() {
        return String.join(", ", keyValues());
    }

    private List<String> keyValues() {
        return keyColumns.stream()
                .map(column -> ALIAS + "." + SqlText.identifier(column))
                .toList();
    }

    /** A row's key as texts, which two databases make alike unless its types differ. */
    public List<String> keyTexts() {
        return keyColumns.stream()
                .map(column -> ALIAS + "." + SqlText.identifier(column) + "::text")
                .toList();
    }

    /** The same rows but for those of some keys. */
    public KeyedTable without(Collection<String> keys) {
        if (keys.isEmpty()) {
            return this;
        }
        String others = "(SELECT * FROM " + from() + " WHERE " + keyJson() + " <> ALL ("
                + keys.stream().map(SqlText::literal).collect(joining(", ", "ARRAY[", "]")) + "))";
        return new KeyedTable(others, main, keyColumns, keyTypes, keyOf);
    }

    /** The table as FROM names it. */
    public String from() {
        return name + " AS " + ALIAS;
    }

    /** The condition of a range, with a parameter for each key column and bound. */
    public String in(KeyRange range) {
        String bound = "(" + keyOf.apply("?::jsonb") + ")";
        return (range.from() == null ? "true" : "(" + key() + ") > " + bound)
                + (range.to() == null ? "" : " AND (" + key() + ") <= " + bound);
    }

    /** Binds the parameters of {@link #in}. @return the index of the next parameter */
    public int bind(PreparedStatement statement, int parameter, KeyRange range) throws SQLException {
        int next = parameter;
        for (String bound : new String[] {range.from(), range.to()}) {
            for (int i = 0; bound != null && i < keyColumns.size(); i++) {
                statement.setString(next++, bound);
            }
        }
        return next;
    }

    /** The key of the row that is so many rows behind a key; null if there are fewer. */
    public @Nullable String keyBehind(Connection connection, @Nullable String from, long rows) throws SQLException {
        KeyRange range = new KeyRange(from, null);
        try (PreparedStatement statement = connection.prepareStatement("SELECT " + keyJson() + " FROM " + from()
                + " WHERE " + in(range) + " ORDER BY " + key() + " OFFSET " + (rows - 1) + " LIMIT 1")) {
            bind(statement, 1, range);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    /**
     * What follows the result columns of a query for the next rows in the table's order, with a parameter for each key
     * column unless they are the first rows.
     */
    public String nextRows(@Nullable String last, int limit) {
        String after = last == null ? "" : " WHERE (" + key() + ") > (" + keyOf.apply("?::jsonb") + ")";
        return " FROM " + name + " AS " + ALIAS + after + " ORDER BY " + key() + " LIMIT " + limit;
    }

    /** Binds the parameters of {@link #nextRows}. */
    public void bindLast(PreparedStatement statement, @Nullable String last) throws SQLException {
        for (int i = 1; last != null && i <= keyColumns.size(); i++) {
            statement.setString(i, last);
        }
    }

    /** The join with the marks {@code cutover_m (cutover_k, cutover_n)}, given as one parameter: a JSON key and its number. */
    public String joinedWithKeys() {
        return "unnest(?::jsonb[]) WITH ORDINALITY AS cutover_m (cutover_k, cutover_n) JOIN " + name + " AS " + ALIAS
                + " ON (" + key() + ") = (" + keyOf.apply("cutover_m.cutover_k") + ")";
    }

    /** {@link #joinedWithKeys} with keys that stand in the text, for COPY, which takes no parameter. */
    public String joinedWithKeys(Collection<String> keys) {
        String array = keys.stream().map(SqlText::literal).collect(joining(", ", "ARRAY[", "]::jsonb[]"));
        return joinedWithKeys().replace("?::jsonb[]", array);
    }

    /** The next keys in the table's order. */
    public List<String> keysAfter(Connection connection, @Nullable String last, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT " + keyJson() + nextRows(last, limit))) {
            bindLast(statement, last);
            return strings(statement);
        }
    }

    /** Those of the given keys that the table does not have. */
    public List<String> absent(Connection connection, Collection<String> keys) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT cutover_m.cutover_k::text FROM unnest(?::jsonb[]) AS cutover_m (cutover_k) WHERE NOT EXISTS"
                        + " (SELECT FROM " + name + " AS " + ALIAS + " WHERE (" + key() + ") = ("
                        + keyOf.apply("cutover_m.cutover_k")
                        + "))")) {
            statement.setArray(1, connection.createArrayOf("text", keys.toArray()));
            return strings(statement);
        }
    }

    private static List<String> strings(PreparedStatement statement) throws SQLException {
        List<String> values = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }
}
