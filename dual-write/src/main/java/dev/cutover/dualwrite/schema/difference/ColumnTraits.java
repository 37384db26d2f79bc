// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a column gets the values that no statement gives it, and how they sort.
 *
 * @param position its number in the table
 * @param identity {@code a} (GENERATED ALWAYS), {@code d} (BY DEFAULT) or empty
 * @param generated whether it is GENERATED from other columns
 * @param expression its default, or what it is generated from
 * @param code the source of the users' functions that the expression calls, or empty
 * @param collation empty if its type has none
 */
public record ColumnTraits(
        int position,
        String identity,
        boolean generated,
        @Nullable String expression,
        String code,
        String collation) {
    private static final String COLUMNS = """
            SELECT c.relname, a.attname, a.attnum, a.attidentity, a.attgenerated <> '', pg_get_expr(d.adbin, d.adrelid),
                coalesce((SELECT string_agg(p.prosrc, ';' ORDER BY p.proname, p.oid::regprocedure::text) FROM pg_depend e
                    JOIN pg_proc p ON e.refclassid = 'pg_proc'::regclass AND p.oid = e.refobjid
                    WHERE e.classid = 'pg_attrdef'::regclass AND e.objid = d.oid AND p.prosrc IS NOT NULL), ''),
                coalesce(CASE o.collnamespace WHEN 'pg_catalog'::regnamespace THEN '' ELSE o.collnamespace::regnamespace || '.' END
                    || o.collname, '')
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            LEFT JOIN pg_collation o ON o.oid = a.attcollation
            WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND NOT c.relispartition""";

    /** The columns of a side's tables, by table and column. */
    static Map<String, Map<String, ColumnTraits>> of(SideCatalog side) throws SQLException {
        Map<String, Map<String, ColumnTraits>> tables = new HashMap<>();
        side.query(
                COLUMNS,
                row -> tables.computeIfAbsent(row.getString(1), table -> new HashMap<>())
                        .put(
                                row.getString(2),
                                new ColumnTraits(
                                        row.getInt(3),
                                        row.getString(4),
                                        row.getBoolean(5),
                                        row.getString(6) == null ? null : side.comparable(row.getString(6)),
                                        side.nameless(row.getString(7)),
                                        side.comparable(row.getString(8)))),
                side.schema());
        return tables;
    }

    /** Whether the database numbers rows by it. */
    boolean numbered() {
        return !identity.isEmpty() || expression != null && !generated && expression.contains("nextval(");
    }

    /** Its default, without casts, which follow the column's type; null if it has none or NULL. */
    @Nullable String defaultValue() {
        if (generated || numbered() || expression == null) {
            return null;
        }
        String value = ExpressionText.plain(expression);
        return value.equalsIgnoreCase("NULL") ? null : value;
    }
}
