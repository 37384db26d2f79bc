// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rights of other roles on the schema that keeps the marks. A role that could write its tables could have the maintenance role
 * run statements of its own, or delete other tenants' marks; one that could read them would see other tenants' keys and tokens.
 * ALTER DEFAULT PRIVILEGES for the role that makes the objects gives such rights without anybody's asking.
 *
 * <p>Meant are only: USAGE on the schema, INSERT of a key into a mark view, and EXECUTE on the function that triggers' conditions
 * call.
 */
public final class TransitionGrants {
    /** One row for each object and role. Parameters: the schema, and the names of relations and
     * functions or null for everything, in the order SCHEMA, NAMES, SCHEMA, SCHEMA, NAMES, NAMES. */
    private static final String EXCESS = """
            WITH item (kind, name, bare, owner, acl, columns, keys) AS (
                SELECT 'SCHEMA', n.nspname::text, NULL, n.nspowner, n.nspacl, NULL::aclitem[], NULL::aclitem[] FROM pg_namespace n
                WHERE n.nspname = ? AND ?::text[] IS NULL
                UNION ALL
                SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.oid::regclass::text,
                    n.nspname || '.' || c.relname, c.relowner, c.relacl,
                    (SELECT array_agg(acl) FROM pg_attribute a CROSS JOIN LATERAL unnest(a.attacl) AS acl
                     WHERE a.attrelid = c.oid AND NOT (c.relkind = 'v' AND a.attname = 'key' AND c.relname LIKE 'mark\\_%')),
                    (SELECT a.attacl FROM pg_attribute a
                     WHERE a.attrelid = c.oid AND a.attname = 'key' AND c.relkind = 'v' AND c.relname LIKE 'mark\\_%')
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
                UNION ALL
                SELECT 'FUNCTION', p.oid::regprocedure::text, n.nspname || '.' || p.proname, p.proowner,
                    coalesce(p.proacl, acldefault('f', p.proowner)), NULL, NULL
                FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = ? AND p.oid IS DISTINCT FROM to_regprocedure(n.nspname || '.unmirrored(text)'))
            SELECT item.kind, item.name, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END,
                string_agg(DISTINCT g.privilege_type, ', ' ORDER BY g.privilege_type),
                pg_has_role(item.owner, 'USAGE'),
                EXISTS (SELECT FROM aclexplode(item.keys) AS k WHERE k.grantee = g.grantee AND k.privilege_type = 'INSERT')
            FROM item CROSS JOIN LATERAL (
                SELECT * FROM aclexplode(item.acl) UNION ALL SELECT * FROM aclexplode(item.columns)) AS g
            LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE g.grantee <> item.owner AND (item.bare = ANY (?) OR ?::text[] IS NULL)
                AND NOT (item.kind = 'SCHEMA' AND g.privilege_type = 'USAGE')
            GROUP BY 1, 2, 3, 5, 6 ORDER BY 1, 2, 3""";

    private TransitionGrants() {}

    /**
     * Rights that no role but the owner should have.
     *
     * @param object as GRANT names it
     * @param role as GRANT names it
     * @param revocable whether the session's role may revoke them
     * @param marks whether the object is a mark view that the role may insert keys into
     */
    public record Excess(String object, String role, String privileges, boolean revocable, boolean marks) {
        /** The statements that end them, for one transaction: to revoke a right on a view takes it from the view's columns, too. */
        public List<String> revoke() {
            String revoke = "REVOKE " + privileges + " ON " + object + " FROM " + role + " CASCADE";
            return marks ? List.of(revoke, "GRANT INSERT (key) ON " + object + " TO " + role) : List.of(revoke);
        }
    }

    /** All of them. */
    public static List<Excess> find(Connection connection, String schema) throws SQLException {
        return find(connection, schema, null);
    }

    /** Revokes all of them that the session's role may revoke. */
    public static void revoke(Connection connection, String schema) throws SQLException {
        revoke(find(connection, schema, null), connection);
    }

    /** Revokes those on objects that were just made. @param names with the schema, as {@code cutover.name} */
    public static void revoke(Connection connection, String schema, Set<String> names) throws SQLException {
        revoke(find(connection, schema, names), connection);
    }

    private static void revoke(List<Excess> found, Connection connection) throws SQLException {
        Rows.execute(
                connection,
                found.stream()
                        .filter(Excess::revocable)
                        .flatMap(excess -> excess.revoke().stream())
                        .toList());
    }

    private static List<Excess> find(Connection connection, String schema, @Nullable Set<String> names)
            throws SQLException {
        List<Excess> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(EXCESS)) {
            for (int i : new int[] {1, 3, 4}) {
                statement.setString(i, schema);
            }
            for (int i : new int[] {2, 5, 6}) {
                statement.setArray(i, names == null ? null : connection.createArrayOf("text", names.toArray()));
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    // GRANT knows views as tables.
                    String kind = rows.getString(1).equals("VIEW") ? "TABLE" : rows.getString(1);
                    found.add(new Excess(
                            kind + " " + rows.getString(2),
                            rows.getString(3),
                            rows.getString(4),
                            rows.getBoolean(5),
                            rows.getBoolean(6)));
                }
            }
        }
        return found;
    }
}
