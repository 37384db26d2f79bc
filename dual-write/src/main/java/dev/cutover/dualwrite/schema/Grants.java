package dev.cutover.dualwrite.schema;

import static dev.cutover.dualwrite.rewrite.SqlText.literal;

import dev.cutover.dualwrite.rewrite.MirrorPlan;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Compares what roles may do with the schema, its relations, columns, sequences, functions and types, by whatever way they have the
 * right: a grant, PUBLIC, a membership, ownership. Superusers are left out, and rights that no client's statement needs.
 */
public final class Grants {
    /** Parameter: the schema. To be formatted with whether the owner is among those who may. */
    private static final String GRANTS = """
            WITH side AS (SELECT * FROM pg_namespace WHERE nspname = ?),
            object AS (
                SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'relation' END AS kind, c.relname::text AS name, '' AS col,
                    c.relowner AS owner, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl
                FROM pg_class c JOIN side ON c.relnamespace = side.oid
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT c.relispartition
                UNION ALL
                SELECT 'column', c.relname, a.attname, c.relowner, a.attacl
                FROM pg_class c JOIN side ON c.relnamespace = side.oid JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND NOT c.relispartition
                UNION ALL
                SELECT 'function', p.oid::regprocedure::text, '', p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
                FROM pg_proc p JOIN side ON p.pronamespace = side.oid
                UNION ALL
                SELECT 'type', quote_ident(t.typname), '', t.typowner, coalesce(t.typacl, acldefault('T', t.typowner))
                FROM pg_type t JOIN side ON t.typnamespace = side.oid LEFT JOIN pg_class c ON c.oid = t.typrelid
                WHERE t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c'
                UNION ALL
                SELECT 'schema', side.nspname, '', side.nspowner, coalesce(side.nspacl, acldefault('n', side.nspowner)) FROM side)
            SELECT o.kind, o.name, o.col, coalesce(r.rolname, 'public'), g.privilege_type
            FROM object o CROSS JOIN LATERAL aclexplode(o.acl) AS g LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE r.rolsuper IS NOT TRUE AND (g.grantee = 0 OR r.oid IS NOT NULL)
                AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'USAGE', 'EXECUTE')
                AND (%s OR g.grantee <> o.owner)
            ORDER BY 1, 2, 3, 4, 5""";

    /** Those of a list that do not hold. Where the object is not there, nothing is said. */
    private static final String LACKING = """
            SELECT n FROM (VALUES %s) AS g (n, kind, name, col, role, privilege)
            CROSS JOIN LATERAL (SELECT CASE g.kind
                WHEN 'function' THEN to_regprocedure(format('%%I.%%s', current_schema(), g.name))::oid
                WHEN 'type' THEN to_regtype(format('%%I.%%s', current_schema(), g.name))::oid
                WHEN 'schema' THEN to_regnamespace(quote_ident(current_schema()))::oid
                ELSE to_regclass(format('%%I.%%I', current_schema(), g.name))::oid END AS oid) AS o
            WHERE o.oid IS NOT NULL
                AND (g.kind <> 'sequence' OR (SELECT relkind FROM pg_class c WHERE c.oid = o.oid) = 'S')
                AND (g.kind <> 'column' OR EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = o.oid AND a.attname = g.col AND NOT a.attisdropped))
                AND NOT CASE WHEN g.role <> 'public' AND to_regrole(quote_ident(g.role)) IS NULL THEN false
                    ELSE CASE g.kind
                        WHEN 'relation' THEN has_table_privilege(g.role::name, o.oid, g.privilege)
                        WHEN 'column' THEN has_column_privilege(g.role::name, o.oid, g.col, g.privilege)
                        WHEN 'sequence' THEN has_sequence_privilege(g.role::name, o.oid, g.privilege)
                        WHEN 'function' THEN has_function_privilege(g.role::name, o.oid, g.privilege)
                        WHEN 'type' THEN has_type_privilege(g.role::name, o.oid, g.privilege)
                        ELSE has_schema_privilege(g.role::name, o.oid, g.privilege) END END
            ORDER BY n""";

    private Grants() {}

    private record Grant(String kind, String name, String column, String role, String privilege) {
        Grant of(String otherName, String otherColumn) {
            return new Grant(kind, otherName, otherColumn, role, privilege);
        }

        String object(String schema) {
            return kind.equals("schema")
                    ? "schema " + schema
                    : schema + "." + name + (column.isEmpty() ? "" : "." + column);
        }

        String value(int number) {
            return "(" + number + ", " + literal(kind) + ", " + literal(name) + ", " + literal(column) + ", "
                    + literal(role) + ", " + literal(privilege) + ")";
        }
    }

    /** What a role may do on one side alone. */
    public static List<Difference> differences(SideCatalog serving, SideCatalog idle, MirrorPlan plan)
            throws SQLException {
        Map<String, TablePair> out = new HashMap<>();
        Map<String, TablePair> back = new HashMap<>();
        for (TablePair pair : TablePair.of(plan)) {
            out.put(pair.serving(), pair);
            Map<String, String> columns = new HashMap<>();
            pair.columns().forEach((column, counterpart) -> columns.put(counterpart, column));
            back.put(pair.idle(), new TablePair(pair.idle(), pair.serving(), columns));
        }
        List<Difference> differences = new ArrayList<>();
        onlyOn(serving, idle, true, out)
                .forEach((grant, privileges) -> differences.add(new Difference(
                        grant.role() + " may " + privileges + " on " + grant.object(serving.schema()) + " and not on "
                                + counterpart(grant, out, idle).object(idle.schema()),
                        true,
                        "grant it there")));
        onlyOn(idle, serving, false, back)
                .forEach((grant, privileges) -> differences.add(new Difference(
                        grant.role() + " may " + privileges + " on " + grant.object(idle.schema()) + " and not on "
                                + counterpart(grant, back, serving).object(serving.schema()),
                        false,
                        "revoke it there if that is not meant")));
        return differences;
    }

    /** Privileges of one side that the other one's counterpart does not give, by object and role. */
    private static Map<Grant, String> onlyOn(
            SideCatalog side, SideCatalog other, boolean owners, Map<String, TablePair> pairs) throws SQLException {
        List<Grant> grants = side.query(
                GRANTS.formatted(owners),
                row -> new Grant(
                        row.getString(1), row.getString(2), row.getString(3), row.getString(4), row.getString(5)),
                side.schema());
        Map<Integer, Grant> asked = new TreeMap<>();
        for (int i = 0; i < grants.size(); i++) {
            Grant grant = grants.get(i);
            TablePair pair = pairs.get(grant.name());
            boolean gone = grant.kind().equals("column")
                    && pair != null
                    && !pair.columns().containsKey(grant.column());
            if (!gone) {
                asked.put(i, grant);
            }
        }
        if (asked.isEmpty()) {
            return Map.of();
        }
        String values = asked.entrySet().stream()
                .map(entry -> counterpart(entry.getValue(), pairs, other).value(entry.getKey()))
                .collect(Collectors.joining(", "));
        Map<Grant, String> lacking = new LinkedHashMap<>();
        for (int number : other.query(LACKING.formatted(values), row -> row.getInt(1))) {
            Grant grant = grants.get(number);
            Grant object = new Grant(grant.kind(), grant.name(), grant.column(), grant.role(), "");
            lacking.merge(object, grant.privilege(), (one, next) -> one + ", " + next);
        }
        return lacking;
    }

    private static Grant counterpart(Grant grant, Map<String, TablePair> pairs, SideCatalog other) {
        if (grant.kind().equals("schema")) {
            return grant.of(other.schema(), "");
        }
        TablePair pair =
                grant.kind().equals("relation") || grant.kind().equals("column") ? pairs.get(grant.name()) : null;
        return pair == null
                ? grant
                : grant.of(pair.idle(), pair.columns().getOrDefault(grant.column(), grant.column()));
    }
}
