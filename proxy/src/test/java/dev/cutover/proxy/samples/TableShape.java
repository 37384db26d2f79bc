// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table as the catalog describes it, as far as random rows need it.
 *
 * @param key of the primary key
 */
record TableShape(String name, List<Column> columns, List<String> key, List<Reference> references) {
    /** @param length of a string; 0 if it is not limited */
    record Column(String name, String type, int length, boolean required) {}

    /** A foreign key. */
    record Reference(List<String> columns, String table, List<String> referenced) {}

    private static final String COLUMNS = """
            SELECT concat_ws('|', a.attname, format_type(a.atttypid, NULL), greatest(a.atttypmod - 4, 0), a.attnotnull)
            FROM pg_attribute a WHERE a.attrelid = '%s'::regclass AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum""";

    private static final String KEYS = """
            SELECT concat_ws('|', k.contype,
                (SELECT string_agg(a.attname, ',' ORDER BY o) FROM unnest(k.conkey) WITH ORDINALITY AS c (n, o)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.n),
                (SELECT relname FROM pg_class WHERE oid = k.confrelid),
                (SELECT string_agg(a.attname, ',' ORDER BY o) FROM unnest(k.confkey) WITH ORDINALITY AS c (n, o)
                 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = c.n))
            FROM pg_constraint k WHERE k.conrelid = '%s'::regclass AND k.contype IN ('p', 'f')""";

    static List<TableShape> of(TestDatabase database, String schema) throws SQLException {
        List<TableShape> shapes = new ArrayList<>();
        for (String table : database.query("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = '"
                + schema + "'::regnamespace ORDER BY 1")) {
            String name = schema + ".\"" + table + "\"";
            List<Column> columns = database.query(COLUMNS.formatted(name)).stream()
                    .map(line -> line.split("\\|"))
                    .map(part -> new Column(part[0], part[1], Integer.parseInt(part[2]), part[3].equals("t")))
                    .toList();
            List<String> key = List.of();
            List<Reference> references = new ArrayList<>();
            for (String line : database.query(KEYS.formatted(name))) {
                String[] parts = line.split("\\|");
                if (parts[0].equals("p")) {
                    key = List.of(parts[1].split(","));
                } else {
                    references.add(new Reference(List.of(parts[1].split(",")), parts[2], List.of(parts[3].split(","))));
                }
            }
            shapes.add(new TableShape(table, columns, key, references));
        }
        return shapes;
    }

    /** All rows, as text of these columns, in an order of their own. */
    List<String> rows(TestDatabase database, String schema) throws SQLException {
        return database.query("SELECT ROW("
                + columns.stream().map(column -> quoted(column.name())).collect(Collectors.joining(", "))
                + ")::text FROM " + schema + "." + quoted(name) + " ORDER BY 1");
    }

    static String quoted(String identifier) {
        return '"' + identifier + '"';
    }
}
