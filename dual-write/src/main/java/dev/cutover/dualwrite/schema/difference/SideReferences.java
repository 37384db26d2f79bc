// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import dev.cutover.dualwrite.analyze.SchemaInCode;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.TransitionSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The objects of a database, outside a side's schema, that lead to that schema: by a dependency that the catalog records
 * (pg_depend), by the code of a function, by a {@code search_path}, or by a definition that is parked. After the side has become
 * idle, they still lead there: what they write is refused, and what they read is no longer kept up after {@code complete}.
 *
 * <p>Sees no names that a program makes at run time, and none in comments.
 */
public final class SideReferences {
    /**
     * Parameters: the schema, twice, and that of the transition. A rule, trigger, default, policy or constraint is shown with its relation. What extensions have
     * in the schema belongs to no side.
     */
    private static final String DEPENDENT = """
            WITH side AS (SELECT oid FROM pg_namespace WHERE nspname = ?),
            inside (classid, oid, kind) AS (
                SELECT 'pg_class'::regclass::oid, c.oid,
                    CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END
                FROM pg_class c JOIN side ON c.relnamespace = side.oid
                UNION ALL
                SELECT 'pg_proc'::regclass::oid, p.oid, 'function' FROM pg_proc p JOIN side ON p.pronamespace = side.oid
                UNION ALL
                SELECT 'pg_type'::regclass::oid, t.oid, 'type' FROM pg_type t JOIN side ON t.typnamespace = side.oid),
            extension AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
            dependent AS (
                SELECT d.classid, d.objid, i.kind, (pg_identify_object(i.classid, i.oid, 0)).identity AS named,
                    coalesce(rule.ev_class, trigger.tgrelid, value.adrelid, policy.polrelid, nullif(key.conrelid, 0),
                        CASE d.classid WHEN 'pg_class'::regclass THEN d.objid END) AS relation,
                    CASE WHEN rule.rulename = '_RETURN' THEN 'view' WHEN rule.oid IS NOT NULL THEN 'rule ' || rule.rulename
                        WHEN trigger.oid IS NOT NULL THEN 'trigger ' || trigger.tgname
                        WHEN value.oid IS NOT NULL THEN 'default'
                        WHEN policy.oid IS NOT NULL THEN 'policy ' || policy.polname
                        WHEN key.contype = 'f' THEN 'foreign key ' || key.conname
                        WHEN key.oid IS NOT NULL THEN 'constraint ' || key.conname
                        WHEN d.classid = 'pg_proc'::regclass THEN 'function'
                        ELSE (pg_identify_object(d.classid, d.objid, 0)).type END AS what
                FROM inside i JOIN pg_depend d ON d.refclassid = i.classid AND d.refobjid = i.oid
                LEFT JOIN pg_rewrite rule ON d.classid = 'pg_rewrite'::regclass AND rule.oid = d.objid
                LEFT JOIN pg_trigger trigger ON d.classid = 'pg_trigger'::regclass AND trigger.oid = d.objid
                LEFT JOIN pg_attrdef value ON d.classid = 'pg_attrdef'::regclass AND value.oid = d.objid
                LEFT JOIN pg_policy policy ON d.classid = 'pg_policy'::regclass AND policy.oid = d.objid
                LEFT JOIN pg_constraint key ON d.classid = 'pg_constraint'::regclass AND key.oid = d.objid
                WHERE trigger.tgisinternal IS NOT TRUE
                    AND NOT EXISTS (SELECT FROM extension e WHERE e.classid = i.classid AND e.objid = i.oid))
            SELECT DISTINCT d.what, coalesce(d.relation::regclass::text, (pg_identify_object(d.classid, d.objid, 0)).identity),
                d.kind, d.named
            FROM dependent d
            LEFT JOIN pg_class home ON home.oid = d.relation
            LEFT JOIN pg_proc code ON d.classid = 'pg_proc'::regclass AND code.oid = d.objid
            LEFT JOIN pg_type type ON d.classid = 'pg_type'::regclass AND type.oid = d.objid
            JOIN pg_namespace n ON n.oid = coalesce(home.relnamespace, code.pronamespace, type.typnamespace)
            WHERE n.nspname <> ? AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', ?)
                AND home.relispartition IS NOT TRUE
            ORDER BY 1, 2, 3, 4""";

    /** Parameters: the schema, that of the transition, and the schema twice. Functions of extensions are made for no schema in particular. */
    private static final String CODE = """
            SELECT p.oid::regprocedure::text, coalesce(p.prosrc, ''),
                coalesce((SELECT substr(setting, 13) FROM unnest(p.proconfig) AS setting
                    WHERE setting LIKE 'search\\_path=%'), '')
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
            WHERE n.nspname <> ? AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', ?)
                AND l.lanname NOT IN ('c', 'internal')
                AND (position(lower(?) IN lower(p.prosrc)) > 0 OR position(? IN array_to_string(p.proconfig, ' ')) > 0)
                AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid
                    AND e.deptype = 'e')
            ORDER BY 1""";

    private static final String ROLE_SETTINGS = """
            SELECT coalesce('role ' || r.rolname, 'database ' || current_database()), substr(setting, 13)
            FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) AS setting
            LEFT JOIN pg_roles r ON r.oid = s.setrole
            WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
                AND setting LIKE 'search\\_path=%'
            ORDER BY 1""";

    private static final String TABLE = "parked";

    private static final String PARKED =
            "SELECT kind, name, tbl, definition FROM %s WHERE tenant = ? AND side = ? ORDER BY tbl, kind, name";

    private SideReferences() {}

    /**
     * One object and what it leads to.
     *
     * @param object as {@code view public.report}
     * @param to as {@code table v1.note}, or how it names the schema
     * @param harmless whether nothing is read from the side or written to it: a type, or the numbers of a sequence
     */
    public record Reference(String object, String to, boolean harmless) {}

    /** All of them in the connection's database. @param schema the side's */
    public static List<Reference> find(Connection connection, TransitionSchema transition, String schema)
            throws SQLException {
        Map<String, Reference> found = new LinkedHashMap<>();
        for (Reference reference : dependent(connection, transition, schema)) {
            // A view that reads five tables is one object to look at.
            found.merge(reference.object(), reference, (one, other) -> one.harmless() ? other : one);
        }
        for (String[] code : Rows.query(
                connection,
                CODE,
                row -> new String[] {row.getString(1), row.getString(2), row.getString(3)},
                schema,
                transition.name(),
                schema,
                schema)) {
            String object = "function " + code[0];
            if (SchemaInCode.inList(code[2], schema)) {
                found.put(object, new Reference(object, "by its search_path", false));
            } else if (SchemaInCode.names(code[1], schema)) {
                found.put(object, new Reference(object, "by its text", false));
            }
        }
        for (String[] setting :
                Rows.query(connection, ROLE_SETTINGS, row -> new String[] {row.getString(1), row.getString(2)})) {
            if (SchemaInCode.inList(setting[1], schema)) {
                found.put(setting[0], new Reference(setting[0], "by its search_path, which the proxy overrides", true));
            }
        }
        return List.copyOf(found.values());
    }

    /** The objects parked on one side that lead to the other one. @param side the one that they come back to */
    public static List<Reference> parked(
            Connection connection, TransitionSchema transition, String tenant, String side, String schema)
            throws SQLException {
        if (!transition.has(connection, TABLE)) {
            return List.of();
        }
        List<Reference> found = new ArrayList<>();
        for (String[] parked : Rows.query(
                connection,
                PARKED.formatted(transition.table(TABLE)),
                row -> new String[] {row.getString(1), row.getString(2), row.getString(3), row.getString(4)},
                tenant,
                side)) {
            if (SchemaInCode.names(parked[3], schema)) {
                found.add(new Reference(
                        parked[0].toLowerCase(java.util.Locale.ROOT) + " " + parked[1] + " on " + parked[2],
                        "by its definition",
                        false));
            }
        }
        return found;
    }

    private static List<Reference> dependent(Connection connection, TransitionSchema transition, String schema)
            throws SQLException {
        return Rows.query(
                connection,
                DEPENDENT,
                row -> {
                    String what = row.getString(1);
                    String on = what.startsWith("view") || what.startsWith("function") || what.equals("table")
                            ? " "
                            : " on ";
                    String kind = row.getString(3);
                    return new Reference(
                            what + on + row.getString(2),
                            kind + " " + row.getString(4),
                            kind.equals("type") || kind.equals("sequence"));
                },
                schema,
                schema,
                transition.name());
    }
}
