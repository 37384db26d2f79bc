// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.Array;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What somebody has given a table of the serving side and its counterpart lacks: indexes, checks, exclusions, foreign keys, NOT
 * NULL, comments, extended statistics, and settings of storage. A migration may mean it so. What concerns a column that is not copied
 * as it is, is left out.
 */
public final class TableExtras {
    /** Parameter: the schema. By way of JSON where versions of PostgreSQL have other columns. */
    private static final String EXTRAS = """
            WITH relation AS (
                SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND NOT c.relispartition)
            SELECT c.relname, CASE WHEN i.indisprimary THEN 'key' ELSE 'index' END,
                CASE WHEN i.indisunique THEN 'UNIQUE INDEX ' ELSE 'INDEX ' END
                    || substr(pg_get_indexdef(i.indexrelid), strpos(pg_get_indexdef(i.indexrelid), ' USING ') + 1),
                (SELECT array_agg(DISTINCT a.attname::text) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                    AND (a.attnum = ANY (i.indkey) OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                        AND d.objid = i.indexrelid AND d.refobjid = c.oid AND d.refobjsubid = a.attnum)))
              FROM relation c JOIN pg_index i ON i.indrelid = c.oid WHERE i.indisvalid AND NOT i.indisexclusion
            UNION ALL
            SELECT c.relname, 'extra', replace(pg_get_constraintdef(k.oid), ' NOT VALID', ''),
                (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey))
              FROM relation c JOIN pg_constraint k ON k.conrelid = c.oid
              WHERE (k.contype IN ('c', 'x') OR k.contype IN ('p', 'u')
                AND (k.condeferrable OR to_jsonb(k) ->> 'conperiod' = 'true'))
                AND k.conparentid = 0
            UNION ALL
            SELECT c.relname, 'foreign key', pg_get_constraintdef(k.oid),
                (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey))
              FROM relation c JOIN pg_constraint k ON k.conrelid = c.oid WHERE k.contype = 'f' AND k.conparentid = 0
            UNION ALL
            SELECT c.relname, 'extra', e.text, CASE WHEN a.attnum > 0 THEN ARRAY[a.attname::text] END
              FROM relation c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              JOIN pg_type t ON t.oid = a.atttypid
              CROSS JOIN LATERAL (
                SELECT 'NOT NULL ' || a.attname AS text WHERE a.attnotnull
                UNION ALL SELECT 'a comment on ' || a.attname WHERE col_description(c.oid, a.attnum) IS NOT NULL
                UNION ALL SELECT 'SET (' || array_to_string(a.attoptions, ', ') || ') of ' || a.attname WHERE a.attoptions IS NOT NULL
                UNION ALL SELECT 'STATISTICS ' || a.attstattarget || ' of ' || a.attname WHERE a.attstattarget >= 0
                UNION ALL SELECT 'STORAGE ' || a.attstorage::text || ' of ' || a.attname WHERE a.attstorage <> t.typstorage
                UNION ALL SELECT 'COMPRESSION ' || (to_jsonb(a) ->> 'attcompression') || ' of ' || a.attname
                    WHERE to_jsonb(a) ->> 'attcompression' <> '') AS e
            UNION ALL
            SELECT c.relname, 'extra', e.text, NULL FROM relation c
              LEFT JOIN pg_am m ON m.oid = c.relam LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
              CROSS JOIN LATERAL (
                SELECT 'a comment' AS text WHERE obj_description(c.oid, 'pg_class') IS NOT NULL
                UNION ALL SELECT 'WITH (' || o || ')' FROM unnest(c.reloptions) AS o
                UNION ALL SELECT 'WITH (toast.' || o || ')' FROM pg_class t, unnest(t.reloptions) AS o WHERE t.oid = c.reltoastrelid
                UNION ALL SELECT 'TABLESPACE ' || s.spcname WHERE s.oid IS NOT NULL
                UNION ALL SELECT 'the access method ' || m.amname WHERE m.amname <> 'heap'
                UNION ALL SELECT 'the statistics object ' || x.stxname FROM pg_statistic_ext x WHERE x.stxrelid = c.oid
                UNION ALL SELECT 'CLUSTER ON ' || i.indexrelid::regclass FROM pg_index i
                    WHERE i.indrelid = c.oid AND i.indisclustered) AS e
            ORDER BY 1, 2, 3""";

    private static final String PARKED = """
            SELECT c.relname, p.definition FROM %s p JOIN pg_class c ON c.oid = to_regclass(p.tbl)
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.kind = 'FOREIGN KEY' AND n.nspname = ?""";

    /** The columns of the other table are named by nothing that the two sides share. */
    private static final Pattern FOREIGN_KEY =
            Pattern.compile("(?s)(FOREIGN KEY \\(.*\\) REFERENCES )(.*?)\\((?:[^\")]|\"[^\"]*\")*\\)(.*)");

    /** A foreign key without those columns: its own columns, the other table, what it does and when. */
    private static final Pattern REFERENCE =
            Pattern.compile("(?s)(.* REFERENCES )(.*?)((?: MATCH | ON | DEFERRABLE| INITIALLY | NOT ENFORCED).*)?");

    private TableExtras() {}

    private record Extra(String table, String kind, String text, Set<String> columns) {}

    /** A note for each table that lacks something. */
    static List<Difference> lacking(SideCatalog serving, SideCatalog idle, MirrorPlan plan) throws SQLException {
        Map<String, Set<String>> there = new HashMap<>();
        for (Extra extra : extras(idle)) {
            there.computeIfAbsent(extra.table(), table -> new HashSet<>()).add(comparable(extra));
        }
        for (String[] parked : parked(idle, plan.transition())) {
            there.computeIfAbsent(parked[0], table -> new HashSet<>()).add(reference(idle.comparable(parked[1])));
        }
        List<TablePair> pairs = TablePair.of(plan);
        Map<String, String> tables = new HashMap<>();
        pairs.forEach(pair -> tables.put(pair.serving(), pair.idle()));
        List<Extra> extras = extras(serving);
        List<Difference> differences = new ArrayList<>();
        for (TablePair pair : pairs) {
            Set<String> has = there.getOrDefault(pair.idle(), Set.of());
            List<String> lacking = extras.stream()
                    .filter(extra -> extra.table().equals(pair.serving())
                            && !extra.kind().equals("key")
                            && pair.columns().keySet().containsAll(extra.columns()))
                    .filter(extra -> !met(renamed(extra, pair, tables), has))
                    .map(Extra::text)
                    .toList();
            if (!lacking.isEmpty()) {
                differences.add(new Difference(
                        idle.schema() + "." + pair.idle() + " lacks what " + serving.schema() + "." + pair.serving()
                                + " has: " + String.join("; ", lacking),
                        false,
                        "add by a migration what is not meant to go"));
            }
        }
        return differences;
    }

    private static String renamed(Extra extra, TablePair pair, Map<String, String> tables) {
        String text = comparable(extra);
        if (!extra.kind().equals("foreign key")) {
            return pair.renamed(text);
        }
        Matcher key = REFERENCE.matcher(text);
        if (!key.matches()) {
            return pair.renamed(text);
        }
        String does = key.group(3) == null ? "" : key.group(3);
        return pair.renamed(key.group(1)) + tables.getOrDefault(key.group(2), key.group(2)) + does;
    }

    /** A unique index serves as one that is not, and one of more columns as one of its first ones. */
    private static boolean met(String text, Set<String> there) {
        if (there.contains(text)) {
            return true;
        }
        if (!text.startsWith("INDEX ") || !text.endsWith(")")) {
            return false;
        }
        String begin = text.substring(0, text.length() - 1);
        return there.stream()
                .map(other -> other.startsWith("UNIQUE INDEX ") ? other.substring("UNIQUE ".length()) : other)
                .anyMatch(other -> other.equals(text) || other.startsWith(begin + ","));
    }

    /** Without casts, which follow the columns' types. */
    private static String comparable(Extra extra) {
        return switch (extra.kind()) {
            case "foreign key" -> reference(extra.text());
            // The brackets of the list of columns stay, also around a single one.
            case "index" -> ExpressionText.plain(extra.text().replaceFirst(" \\(", "("));
            default -> ExpressionText.plain(extra.text());
        };
    }

    private static String reference(String definition) {
        Matcher key = FOREIGN_KEY.matcher(definition);
        if (!key.matches()) {
            return definition;
        }
        // ON DELETE SET NULL may name columns.
        String does = key.group(3).replace(" NOT VALID", "").replaceAll(" \\([^)]*\\)", "");
        return key.group(1) + key.group(2) + does;
    }

    private static List<Extra> extras(SideCatalog side) throws SQLException {
        return side.query(
                EXTRAS,
                row -> new Extra(
                        row.getString(1), row.getString(2), side.comparable(row.getString(3)), names(row.getArray(4))),
                side.schema());
    }

    private static List<String[]> parked(SideCatalog side, TransitionSchema transition) throws SQLException {
        Rows.Reader<Boolean> is = row -> row.getBoolean(1);
        String table = transition.table("parked");
        return side.query("SELECT to_regclass(?) IS NOT NULL", is, table).contains(true)
                ? side.query(
                        PARKED.formatted(table),
                        row -> new String[] {row.getString(1), row.getString(2)},
                        side.schema())
                : List.of();
    }

    private static Set<String> names(@Nullable Array array) throws SQLException {
        return array == null ? Set.of() : Set.of((String[]) array.getArray());
    }
}
