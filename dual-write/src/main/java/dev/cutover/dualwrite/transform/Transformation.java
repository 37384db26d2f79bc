// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transform;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.catalog.Table;
import dev.cutover.dualwrite.catalog.Table.Column;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.rowsql.KeyedTable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An UPDATE of all rows of a table that can be run in ranges of the table's key. */
public final class Transformation {
    private final KeyedTable table;
    private final String set;
    private final @Nullable String where;

    private Transformation(KeyedTable table, String set, @Nullable String where) {
        this.table = table;
        this.set = set;
        this.where = where;
    }

    /**
     * Reads the table from the catalog, and has the server look at the UPDATE without running it.
     *
     * @param connection in a transaction whose search path is the schema's
     * @param set {@code column = expression, ...}
     * @param where only rows for which this holds; null for all
     * @throws TransformException if the UPDATE cannot be run in chunks
     */
    public static Transformation of(
            Connection connection, String schema, String name, String set, @Nullable String where)
            throws TransformException, SQLException {
        List<String> columns = Assignments.columns(set);
        if (where != null) {
            Assignments.requireClosed("where", Lexer.lex(where));
        }
        Table table = CatalogReader.read(connection, schema).get(name);
        if (table == null) {
            throw new TransformException("there is no table " + name + " in schema " + schema);
        }
        if (table.keys().isEmpty()) {
            throw new TransformException("table " + name
                    + " has no key (a unique index over columns that are NOT NULL) by which its rows could be walked");
        }
        if (table.inherits()) {
            throw new TransformException("other tables inherit from " + name + "; transform each for itself");
        }
        List<String> key = table.keys().get(0);
        for (String column : columns) {
            if (table.column(column).isEmpty()) {
                throw new TransformException("table " + name + " has no column " + column);
            }
            if (key.contains(column)) {
                throw new TransformException("column " + column + " belongs to the key by which " + name
                        + " is walked; changed rows could be met again");
            }
        }
        Transformation transformation = new Transformation(keyed(schema, table, key), set, where);
        transformation.explain(connection);
        return transformation;
    }

    private static KeyedTable keyed(String schema, Table table, List<String> key) {
        List<String> types = key.stream()
                .map(column -> table.column(column).map(Column::type).orElseThrow())
                .toList();
        String name = SqlText.qualified(schema, table.name());
        return new KeyedTable(name, name, key, types, json -> {
            List<String> values = new ArrayList<>();
            for (int i = 0; i < types.size(); i++) {
                values.add("(" + json + "->>" + i + ")::" + types.get(i));
            }
            return String.join(", ", values);
        });
    }

    private void explain(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("EXPLAIN " + update("true"));
        }
    }

    KeyedTable table() {
        return table;
    }

    /** The UPDATE of the rows of a range, with the parameters of {@link KeyedTable#in}. */
    String update(KeyRange range) {
        return update(table.in(range));
    }

    /** What it does, as text: two of the same text are the same. */
    public String text() {
        return update("true");
    }

    /** Line ends, so that a comment at the end of a text ends there. */
    private String update(String range) {
        return "UPDATE " + table.from() + " SET " + set + "\n WHERE " + range
                + (where == null ? "" : " AND (" + where + "\n)");
    }
}
