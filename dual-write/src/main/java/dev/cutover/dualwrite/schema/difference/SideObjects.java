// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the objects of the serving side that the idle side lacks, by kind and name, and those that it defines otherwise: what every catalog with a namespace holds, casts
 * of the side's types, and rules and triggers of mapped tables.
 *
 * <p>Tables are the mapping's, policies are {@link RowSecurity}'s. A relation may be one of another kind on the idle side, a view a
 * table for instance: a query finds it. Objects of extensions, and those that PostgreSQL makes for others, are left out.
 */
public final class SideObjects {
    /** Parameter: the schema. */
    private static final String OBJECTS = """
            WITH side AS (SELECT oid FROM pg_namespace WHERE nspname = ?),
            object (classid, oid) AS (
                SELECT 'pg_class'::regclass::oid, c.oid FROM pg_class c JOIN side ON c.relnamespace = side.oid
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT c.relispartition
                UNION ALL SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p JOIN side ON p.pronamespace = side.oid
                UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_type t JOIN side ON t.typnamespace = side.oid
                LEFT JOIN pg_class c ON c.oid = t.typrelid
                WHERE t.typtype IN ('e', 'd', 'r') OR t.typtype = 'b' AND t.typcategory <> 'A' OR c.relkind = 'c'
                UNION ALL SELECT 'pg_collation'::regclass, o.oid FROM pg_collation o JOIN side ON o.collnamespace = side.oid
                UNION ALL SELECT 'pg_conversion'::regclass, o.oid FROM pg_conversion o JOIN side ON o.connamespace = side.oid
                UNION ALL SELECT 'pg_operator'::regclass, o.oid FROM pg_operator o JOIN side ON o.oprnamespace = side.oid
                UNION ALL SELECT 'pg_opclass'::regclass, o.oid FROM pg_opclass o JOIN side ON o.opcnamespace = side.oid
                UNION ALL SELECT 'pg_opfamily'::regclass, o.oid FROM pg_opfamily o JOIN side ON o.opfnamespace = side.oid
                UNION ALL SELECT 'pg_ts_config'::regclass, o.oid FROM pg_ts_config o JOIN side ON o.cfgnamespace = side.oid
                UNION ALL SELECT 'pg_ts_dict'::regclass, o.oid FROM pg_ts_dict o JOIN side ON o.dictnamespace = side.oid
                UNION ALL SELECT 'pg_ts_parser'::regclass, o.oid FROM pg_ts_parser o JOIN side ON o.prsnamespace = side.oid
                UNION ALL SELECT 'pg_ts_template'::regclass, o.oid FROM pg_ts_template o JOIN side ON o.tmplnamespace = side.oid
                UNION ALL SELECT DISTINCT 'pg_cast'::regclass, k.oid FROM pg_cast k
                JOIN pg_type t ON t.oid IN (k.castsource, k.casttarget) JOIN side ON t.typnamespace = side.oid)
            SELECT i.type, i.identity, coalesce(c.relname, p.proname, ''), c.oid IS NOT NULL,
                coalesce(CASE WHEN c.relkind IN ('v', 'm') THEN concat_ws(' ', array_to_string(c.reloptions, ' '), pg_get_viewdef(c.oid))
                    WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid)
                    WHEN c.relkind = 'S' THEN (SELECT concat_ws(' ', seqincrement, seqcache, seqcycle) FROM pg_sequence
                        WHERE seqrelid = c.oid) END, ''),
                EXISTS (SELECT FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid
                    JOIN pg_type t ON t.oid = a.atttypid JOIN side ON side.oid = r.relnamespace
                    WHERE o.classid = 'pg_type'::regclass AND o.oid IN (t.oid, t.typelem) AND r.relkind IN ('r', 'p'))
            FROM object o
            CROSS JOIN LATERAL pg_identify_object(o.classid, o.oid, 0) AS i
            LEFT JOIN pg_class c ON o.classid = 'pg_class'::regclass AND c.oid = o.oid
            LEFT JOIN pg_proc p ON o.classid = 'pg_proc'::regclass AND p.oid = o.oid
            WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.classid AND d.objid = o.oid
                AND (d.deptype IN ('e', 'i') OR c.relkind = 'S' AND d.deptype = 'a'))
            ORDER BY 1, 2""";

    /** Those that are off on the serving side do nothing there. On the idle side user triggers are off while it is idle. */
    private static final String ON_TABLES = """
            SELECT 'trigger', t.tgname, c.relname, t.tgenabled <> 'D', pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND NOT t.tgisinternal AND NOT c.relispartition
                AND t.tgname NOT LIKE 'cutover\\_net\\_%' AND t.tgname <> 'cutover_fence'
            UNION ALL
            SELECT 'rule', r.rulename, c.relname, r.ev_enabled <> 'D', pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND r.rulename <> '_RETURN'
            ORDER BY 1, 3, 2""";

    private static final String CREATE = "create it there, by a migration; or list it under ignore of the mapping";

    private static final String RELATION = "relation";

    private SideObjects() {}

    /**
     * One object.
     *
     * @param kind as PostgreSQL names it
     * @param name without the schema, with the arguments of a function
     * @param plain the name alone of a relation or function; else empty
     * @param definition of a view, function or sequence; else empty
     * @param ofColumn whether it is the type of a table's column, which has another one where it is missing
     */
    private record Found(
            String kind, String name, String plain, boolean relation, String definition, boolean ofColumn) {
        String key() {
            return (relation ? RELATION : kind) + " " + name;
        }

        /** Whether it is the mapping's. */
        boolean table() {
            return relation && kind.equals("table");
        }

        boolean code() {
            return !relation && !plain.isEmpty();
        }
    }

    /** @param active whether it does anything */
    private record OnTable(String kind, String name, String table, boolean active, String definition) {
        String key(String ofTable) {
            return kind + " " + ofTable + " " + name;
        }
    }

    /**
     * Those that the idle side lacks, and those that it defines otherwise.
     *
     * @param agreed names of objects that may be missing, a function's with or without its arguments
     */
    public static List<Difference> differences(
            SideCatalog serving, SideCatalog idle, MirrorPlan plan, Collection<String> agreed) throws SQLException {
        List<Difference> differences = new ArrayList<>();
        List<String> others = new ArrayList<>();
        List<Found> there = objects(idle);
        Map<String, Found> byKey = new HashMap<>();
        there.forEach(found -> byKey.put(found.key(), found));
        for (Found object : objects(serving)) {
            if (object.table() || agreed.contains(object.name()) || agreed.contains(object.plain())) {
                continue;
            }
            Found counterpart = byKey.get(object.key());
            if (counterpart == null) {
                differences.add(missing(object, serving, idle, there));
            } else if (!object.definition().equals(counterpart.definition())) {
                others.add(object.kind() + " " + object.name());
            }
        }
        onTables(serving, idle, plan, agreed, differences, others);
        if (!others.isEmpty()) {
            differences.add(new Difference(
                    "defined otherwise in " + idle.schema() + " than in " + serving.schema() + ": "
                            + String.join("; ", others),
                    false,
                    "compare the definitions, if a migration does not mean it"));
        }
        return differences;
    }

    private static Difference missing(Found object, SideCatalog serving, SideCatalog idle, List<Found> there) {
        if (object.ofColumn()) {
            return new Difference(
                    object.kind() + " " + serving.schema() + "." + object.name() + " has no counterpart in "
                            + idle.schema() + ", and its columns another type",
                    false,
                    "look whether statements cast to it");
        }
        String named = object.kind() + " " + serving.schema() + "." + object.name();
        List<String> namesakes = there.stream()
                .filter(other -> object.code() && other.code() && object.plain().equals(other.plain()))
                .map(Found::name)
                .toList();
        return namesakes.isEmpty()
                ? new Difference(named + " has no counterpart in " + idle.schema(), true, CREATE)
                : new Difference(
                        named + " has other arguments in " + idle.schema() + ": " + String.join(", ", namesakes),
                        false,
                        "look whether calls of the first fit");
    }

    private static void onTables(
            SideCatalog serving,
            SideCatalog idle,
            MirrorPlan plan,
            Collection<String> agreed,
            List<Difference> differences,
            List<String> others)
            throws SQLException {
        Map<String, TablePair> pairs = new HashMap<>();
        TablePair.of(plan).forEach(pair -> pairs.put(pair.serving(), pair));
        Map<String, OnTable> there = new HashMap<>();
        onTables(idle).forEach(found -> there.put(found.key(found.table()), found));
        for (OnTable found : onTables(serving)) {
            TablePair pair = pairs.get(found.table());
            if (pair == null || !found.active() || agreed.contains(found.name())) {
                continue;
            }
            OnTable counterpart = there.get(found.key(pair.idle()));
            if (counterpart == null) {
                differences.add(new Difference(
                        found.kind() + " " + found.name() + " of " + serving.schema() + "." + found.table()
                                + " has no counterpart on " + idle.schema() + "." + pair.idle(),
                        true,
                        CREATE));
            } else if (!pair.renamed(pair.renamedTable(found.definition())).equals(counterpart.definition())) {
                others.add(found.kind() + " " + found.name() + " of " + found.table());
            }
        }
    }

    private static List<Found> objects(SideCatalog side) throws SQLException {
        return side.query(
                OBJECTS,
                row -> new Found(
                        row.getString(1),
                        side.comparable(row.getString(2)),
                        row.getString(3),
                        row.getBoolean(4),
                        side.nameless(row.getString(5)),
                        row.getBoolean(6)),
                side.schema());
    }

    private static List<OnTable> onTables(SideCatalog side) throws SQLException {
        return side.query(
                ON_TABLES,
                row -> new OnTable(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getBoolean(4),
                        side.nameless(row.getString(5))),
                side.schema(),
                side.schema());
    }
}
