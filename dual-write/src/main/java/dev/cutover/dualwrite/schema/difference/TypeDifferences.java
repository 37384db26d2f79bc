// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Compares enums, domains, composite and range types and collations that both sides have under the same name. */
public final class TypeDifferences {
    private static final String ENUMS = """
            SELECT t.typname, e.enumlabel FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            JOIN pg_enum e ON e.enumtypid = t.oid WHERE n.nspname = ? ORDER BY t.typname, e.enumsortorder""";

    /** Parameters: the schema, four times. Collations by way of JSON, since the columns differ between versions of PostgreSQL. */
    private static final String OTHERS = """
            SELECT 'domain ' || t.typname, format_type(t.typbasetype, t.typtypmod)
                || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END || coalesce(' DEFAULT ' || t.typdefault, '')
                || coalesce((SELECT string_agg(' ' || pg_get_constraintdef(k.oid), '' ORDER BY pg_get_constraintdef(k.oid))
                    FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = ? AND t.typtype = 'd'
            UNION ALL
            SELECT 'composite type ' || c.relname, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod),
                ', ' ORDER BY a.attnum)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE n.nspname = ? AND c.relkind = 'c' GROUP BY c.oid, c.relname
            UNION ALL
            SELECT 'range type ' || t.typname, 'of ' || format_type(r.rngsubtype, NULL)
                || coalesce(' COLLATE ' || o.collname, '') || CASE WHEN p.opcdefault THEN '' ELSE ' by ' || p.opcname END
            FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
            LEFT JOIN pg_collation o ON o.oid = r.rngcollation JOIN pg_opclass p ON p.oid = r.rngsubopc
            WHERE n.nspname = ?
            UNION ALL
            SELECT 'collation ' || o.collname, concat_ws(' ', o.collprovider, o.collcollate, o.collctype,
                coalesce(to_jsonb(o) ->> 'colllocale', to_jsonb(o) ->> 'colliculocale'), to_jsonb(o) ->> 'collicurules',
                CASE WHEN o.collisdeterministic THEN 'deterministic' ELSE 'nondeterministic' END)
            FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace WHERE n.nspname = ?
            ORDER BY 1""";

    private TypeDifferences() {}

    /** All of them. */
    public static List<Difference> of(SideCatalog serving, SideCatalog idle) throws SQLException {
        List<Difference> differences = new ArrayList<>();
        Map<String, List<String>> idleEnums = enums(idle);
        enums(serving).forEach((name, labels) -> {
            List<String> others = idleEnums.get(name);
            if (others != null) {
                labels(serving.schema() + "." + name, labels, idle.schema() + "." + name, others, differences);
            }
        });
        Map<String, String> idleTypes = others(idle);
        others(serving).forEach((type, definition) -> {
            String other = idleTypes.get(type);
            if (other != null && !other.equals(definition)) {
                boolean collation = type.startsWith("collation ");
                differences.add(new Difference(
                        type + " differs: in " + serving.schema() + " it is " + definition + ", in " + idle.schema()
                                + " " + other,
                        collation,
                        collation ? "create it there with the same definition" : ""));
            }
        });
        return differences;
    }

    private static void labels(
            String here, List<String> labels, String there, List<String> others, List<Difference> differences) {
        List<String> missing =
                labels.stream().filter(label -> !others.contains(label)).toList();
        if (!missing.isEmpty()) {
            differences.add(new Difference(
                    "enum " + there + " lacks labels of " + here + ": " + String.join(", ", missing),
                    true,
                    "add them with ALTER TYPE ... ADD VALUE; or flip, if no statement uses them any more"));
        }
        List<String> common = labels.stream().filter(others::contains).toList();
        List<String> sorted = others.stream().filter(labels::contains).toList();
        if (!common.equals(sorted)) {
            differences.add(new Difference(
                    "enum " + there + " sorts " + String.join(" < ", sorted) + ", and " + here + " "
                            + String.join(" < ", common),
                    true,
                    "create it there with its labels in the same order"));
        }
    }

    private static Map<String, List<String>> enums(SideCatalog side) throws SQLException {
        Map<String, List<String>> enums = new LinkedHashMap<>();
        side.query(
                ENUMS,
                row -> enums.computeIfAbsent(row.getString(1), name -> new ArrayList<>())
                        .add(row.getString(2)),
                side.schema());
        return enums;
    }

    private static Map<String, String> others(SideCatalog side) throws SQLException {
        Map<String, String> others = new LinkedHashMap<>();
        String schema = side.schema();
        side.query(
                OTHERS,
                row -> others.put(row.getString(1), side.comparable(row.getString(2))),
                schema,
                schema,
                schema,
                schema);
        return others;
    }
}
