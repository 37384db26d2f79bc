// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.privilege;

import static dev.cutover.dualwrite.model.SqlText.identifier;
import static dev.cutover.dualwrite.model.SqlText.literal;
import static dev.cutover.dualwrite.model.SqlText.qualified;

import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.schema.difference.Difference;
import dev.cutover.dualwrite.schema.difference.SideCatalog;
import dev.cutover.dualwrite.schema.difference.TablePair;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares what roles may do with the schema, its relations, columns, sequences, functions and types, by whatever way they have the
 * right: a grant, PUBLIC, a membership, ownership. Superusers are left out, and rights that no client's statement needs.
 */
public final class Grants {
    /** Members of extensions are left out. Parameter: the schema. To be formatted with whether the owner is among those who may. */
    private static final String GRANTS = """
            WITH side AS (SELECT * FROM pg_namespace WHERE nspname = ?),
            object AS (
                SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'relation' END AS kind, c.relname::text AS name, '' AS col,
                    c.relowner AS owner, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl
                FROM pg_class c JOIN side ON c.relnamespace = side.oid
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
                UNION ALL
                SELECT 'column', c.relname, a.attname, c.relowner, a.attacl
                FROM pg_class c JOIN side ON c.relnamespace = side.oid JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
                UNION ALL
                SELECT 'function', p.oid::regprocedure::text, '', p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
                FROM pg_proc p JOIN side ON p.pronamespace = side.oid
                WHERE NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
                UNION ALL
                SELECT 'type', quote_ident(t.typname), '', t.typowner, coalesce(t.typacl, acldefault('T', t.typowner))
                FROM pg_type t JOIN side ON t.typnamespace = side.oid LEFT JOIN pg_class c ON c.oid = t.typrelid
                WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
                UNION ALL
                SELECT 'schema', side.nspname, '', side.nspowner, coalesce(side.nspacl, acldefault('n', side.nspowner)) FROM side)
            SELECT o.kind, o.name, o.col, coalesce(r.rolname, 'public'), g.privilege_type
            FROM object o CROSS JOIN LATERAL aclexplode(o.acl) AS g LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE r.rolsuper IS NOT TRUE AND (g.grantee = 0 OR r.oid IS NOT NULL)
                AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'USAGE', 'EXECUTE')
                AND (%s OR g.grantee <> o.owner)
            ORDER BY 1, 2, 3, 4, 5""";

    /**
     * Those of a list that do not hold. Where the object is not there, nothing is said. Functions are looked up by their printed
     * signature, with the schema if a function of pg_catalog has the same: before version 16, to_regprocedure() fails if a type among the
     * arguments does not exist.
     */
    private static final String LACKING = """
            SELECT n FROM (VALUES %s) AS g (n, kind, name, col, role, privilege)
            CROSS JOIN LATERAL (SELECT CASE g.kind
                WHEN 'function' THEN (SELECT p.oid FROM pg_proc p JOIN pg_namespace s ON s.oid = p.pronamespace
                    WHERE s.nspname = current_schema() AND p.oid::regprocedure::text
                        IN (g.name, quote_ident(current_schema()) || '.' || g.name))
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

    private static final String DEFAULTS = """
            SELECT coalesce(r.rolname, 'public'), g.privilege_type, CASE d.defaclobjtype WHEN 'r' THEN 'tables'
                WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' ELSE d.defaclobjtype::text END
            FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace
            CROSS JOIN LATERAL aclexplode(d.defaclacl) AS g LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE n.nspname = ? ORDER BY 1, 3, 2""";

    /** The role may not give the grant (42501), or the role that gets it does not exist (42704). */
    private static final Set<String> LEFT_OUT = Set.of("42501", "42704");

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

        String statement(String privileges, String schema) {
            String given = column.isEmpty()
                    ? privileges
                    : Stream.of(privileges.split(", "))
                            .map(privilege -> privilege + " (" + identifier(column) + ")")
                            .collect(Collectors.joining(", "));
            String object =
                    switch (kind) {
                        case "schema" -> "SCHEMA " + identifier(schema);
                        case "function" -> "ROUTINE " + identifier(schema) + "." + name;
                        case "type" -> "TYPE " + identifier(schema) + "." + name;
                        case "sequence" -> "SEQUENCE " + qualified(schema, name);
                        default -> "TABLE " + qualified(schema, name);
                    };
            return "GRANT " + given + " ON " + object + " TO " + identifier(role);
        }

        String value(int number) {
            return "(" + number + ", " + literal(kind) + ", " + literal(name) + ", " + literal(column) + ", "
                    + literal(role) + ", " + literal(privilege) + ")";
        }
    }

    /**
     * Grants a role on the idle side what it was granted on the serving one and lacks there. What is open to PUBLIC, the migrations
     * decide. A grant that the connection's role may not give is left out; {@link #differences} names it.
     */
    public static void carryOver(SideCatalog serving, SideCatalog idle, MirrorPlan plan) throws SQLException {
        Map<String, TablePair> pairs = new HashMap<>();
        TablePair.of(plan).forEach(pair -> pairs.put(pair.serving(), pair));
        for (Map.Entry<Grant, String> lacking :
                onlyOn(serving, idle, false, pairs).entrySet()) {
            Grant grant = lacking.getKey();
            if (!grant.role().equals("public")) {
                try {
                    idle.execute(counterpart(grant, pairs, idle).statement(lacking.getValue(), idle.schema()));
                } catch (SQLException e) {
                    if (!LEFT_OUT.contains(e.getSQLState())) {
                        throw e;
                    }
                }
            }
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
        List<String> defaults = defaults(idle);
        defaults(serving).stream()
                .filter(given -> !defaults.contains(given))
                .map(given -> new Difference(
                        "default privileges of " + serving.schema() + " let " + given + ", and those of "
                                + idle.schema() + " do not",
                        false,
                        "ALTER DEFAULT PRIVILEGES IN SCHEMA " + idle.schema()))
                .forEach(differences::add);
        return differences;
    }

    /** What the default privileges of a schema give, for objects of any creator. */
    private static List<String> defaults(SideCatalog side) throws SQLException {
        return side.query(
                DEFAULTS,
                row -> row.getString(1) + " " + row.getString(2) + " on new " + row.getString(3),
                side.schema());
    }

    /** Privileges of one side that the other one's counterpart does not give, by object and role. */
    private static Map<Grant, String> onlyOn(
            SideCatalog side, SideCatalog other, boolean owners, Map<String, TablePair> pairs) throws SQLException {
        List<Grant> grants = side.query(
                GRANTS.formatted(owners),
                row -> new Grant(
                        row.getString(1),
                        side.unqualified(row.getString(2)),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5)),
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
