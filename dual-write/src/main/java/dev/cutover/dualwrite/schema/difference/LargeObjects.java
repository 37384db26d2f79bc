// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import static dev.cutover.dualwrite.model.SqlText.identifier;
import static dev.cutover.dualwrite.model.SqlText.qualified;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds the large objects (manual, "Large Objects") that rows of the serving side refer to and the idle side's database lacks. A
 * column holds only the number of a large object. The object itself lies in its database, outside of all schemas.
 *
 * <p>Knows columns of type oid, of a domain over it such as {@code lo}, and of arrays of these. An object of the same number in the
 * other database counts as the same.
 */
public final class LargeObjects {
    private static final String ANY = "SELECT EXISTS (SELECT FROM pg_largeobject_metadata)";

    private static final String NUMBERS = "SELECT coalesce(array_agg(oid), '{}')::text FROM pg_largeobject_metadata";

    private static final String COLUMNS = """
            WITH RECURSIVE number (oid) AS (
                SELECT 'oid'::regtype::oid
                UNION
                SELECT t.oid FROM pg_type t JOIN number ON number.oid IN (t.typbasetype, t.typelem)
                WHERE t.typtype = 'd' OR t.typcategory = 'A')
            SELECT c.relname, a.attname, t.typcategory = 'A' OR base.typcategory = 'A', c.relkind = 'p'
            FROM number JOIN pg_attribute a ON a.atttypid = number.oid
            JOIN pg_type t ON t.oid = number.oid
            LEFT JOIN pg_type base ON base.oid = t.typbasetype
            JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY 1, 2""";

    private LargeObjects() {}

    /**
     * A column that refers to large objects which the idle side's database lacks.
     *
     * @param values how many of its values do
     */
    public record Lacking(String table, String column, long values) {}

    /** The columns of the plan's serving tables that do. @param idle in another database than {@code serving} */
    public static List<Lacking> lacking(Connection serving, Connection idle, MirrorPlan plan) throws SQLException {
        if (!Rows.query(serving, ANY, row -> row.getBoolean(1)).contains(true)) {
            return List.of();
        }
        Set<String> mapped = plan.tables().values().stream()
                .flatMap(MirrorPlan.TablePlan::servingTables)
                .collect(Collectors.toSet());
        List<Column> columns = Rows.query(
                        serving,
                        COLUMNS,
                        row -> new Column(row.getString(1), row.getString(2), row.getBoolean(3), row.getBoolean(4)),
                        plan.servingSchema())
                .stream()
                .filter(column -> mapped.contains(column.table()))
                .toList();
        if (columns.isEmpty()) {
            return List.of();
        }
        String there = Rows.query(idle, NUMBERS, row -> row.getString(1)).get(0);
        List<Lacking> lacking = new ArrayList<>();
        for (Column column : columns) {
            long values = Rows.query(serving, column.lacking(plan.servingSchema()), row -> row.getLong(1), there)
                    .get(0);
            if (values > 0) {
                lacking.add(new Lacking(column.table(), column.name(), values));
            }
        }
        return lacking;
    }

    private record Column(String table, String name, boolean array, boolean partitioned) {
        /** A query that counts values of the table's own rows; its parameter is an array of the numbers that the idle side's database has. */
        String lacking(String schema) {
            String values = array ? "unnest(" + identifier(name) + ")" : identifier(name);
            String rows = (partitioned ? "" : "ONLY ") + qualified(schema, table);
            return """
                    SELECT count(*) FROM (SELECT %s::oid AS oid FROM %s) AS value
                    JOIN (SELECT oid FROM pg_largeobject_metadata EXCEPT SELECT unnest(?::text::oid[])) AS lacking USING (oid)
                    """.formatted(values, rows);
        }
    }
}
