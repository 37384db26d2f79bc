// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.privilege;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Whom the code of a tenant reaches through a maintenance role. A maintenance session runs the functions that a tenant's tables
 * call, with the rights of its own role, and {@code SET ROLE} does not contain them. So a role that can have such a function called
 * can do what the maintenance role can. A superuser, which a maintenance role must not be, is not judged.
 */
public final class MaintenanceReach {
    /**
     * Parameters: the tenant's schemas with those of its {@code search_path}, the tenant's schemas, those of transitions, other
     * schemas twice, the maintenance role. The owner of a relation, a partition, a function or a type can change what it calls; CREATE on a schema of the path is
     * enough for a function that takes a built-in one's place; TRIGGER on a table is enough for a trigger. A grantee 0 is PUBLIC.
     */
    private static final String SQL = """
            WITH RECURSIVE path AS (SELECT * FROM pg_namespace WHERE nspname = ANY (?)),
            home AS (SELECT * FROM path WHERE nspname = ANY (?)),
            relation (oid) AS (
                SELECT c.oid FROM pg_class c JOIN home ON home.oid = c.relnamespace
                UNION SELECT i.inhrelid FROM pg_inherits i JOIN relation r ON r.oid = i.inhparent),
            dependent (classid, oid) AS (
                SELECT 'pg_class'::regclass::oid, oid FROM relation
                UNION ALL SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k JOIN relation r ON r.oid = k.conrelid
                UNION ALL SELECT 'pg_attrdef'::regclass, a.oid FROM pg_attrdef a JOIN relation r ON r.oid = a.adrelid
                UNION ALL SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid
                    WHERE NOT t.tgisinternal),
            author (oid, how) AS (
                SELECT nspowner, 'it owns schema ' || nspname FROM home
                UNION SELECT c.relowner, 'it owns ' || c.oid::regclass FROM pg_class c JOIN relation r ON r.oid = c.oid
                    WHERE c.relkind NOT IN ('i', 'I', 't', 'c')
                UNION SELECT p.proowner, 'it owns ' || p.oid::regprocedure FROM pg_proc p JOIN home ON home.oid = p.pronamespace
                UNION SELECT t.typowner, 'it owns ' || t.oid::regtype FROM pg_type t JOIN home ON home.oid = t.typnamespace
                    WHERE t.typtype IN ('d', 'b', 'r') AND t.typelem = 0
                UNION SELECT p.proowner, 'it owns ' || p.oid::regprocedure FROM pg_depend d
                    JOIN dependent x ON x.classid = d.classid AND x.oid = d.objid
                    JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
                    JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname <> 'pg_catalog' AND n.nspname <> ALL (?)
                UNION SELECT g.grantee, 'it may create in schema ' || path.nspname FROM path
                    CROSS JOIN LATERAL aclexplode(path.nspacl) AS g WHERE g.privilege_type = 'CREATE' AND g.grantee <> path.nspowner
                UNION SELECT g.grantee, 'it has TRIGGER on ' || c.oid::regclass FROM pg_class c JOIN relation r ON r.oid = c.oid
                    CROSS JOIN LATERAL aclexplode(c.relacl) AS g WHERE g.privilege_type = 'TRIGGER' AND g.grantee <> c.relowner),
            person (oid, how) AS (
                SELECT CASE r.rolname WHEN 'pg_database_owner' THEN d.datdba ELSE author.oid END, author.how
                FROM author LEFT JOIN pg_roles r ON r.oid = author.oid JOIN pg_database d ON d.datname = current_database()),
            other (schema, keeper, oid) AS (
                SELECT n.nspname, n.nspowner, n.nspowner FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
                    WHERE n.nspname = ANY (?) AND r.rolname <> 'pg_database_owner'
                UNION SELECT n.nspname, n.nspowner, c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = ANY (?) AND c.relkind IN ('r', 'p'))
            SELECT coalesce(r.rolname, 'PUBLIC'), min(person.how), other.schema
            FROM person LEFT JOIN pg_roles r ON r.oid = person.oid CROSS JOIN other JOIN pg_roles m ON m.rolname = ?
            WHERE r.rolsuper IS NOT TRUE AND NOT m.rolsuper AND pg_has_role(m.oid, other.oid, 'MEMBER')
              AND (r.oid IS NULL OR NOT pg_has_role(r.oid, other.oid, 'MEMBER') AND NOT pg_has_role(r.oid, m.oid, 'MEMBER')
                AND NOT (other.oid = m.oid AND pg_has_role(r.oid, other.keeper, 'MEMBER')))
            GROUP BY r.rolname, other.schema ORDER BY 1, 3""";

    private MaintenanceReach() {}

    /**
     * One way from a tenant to another one.
     *
     * @param author a role, or PUBLIC
     * @param how it can have its code called
     * @param schema one whose owner the maintenance role can act as, and the author cannot
     */
    public record Reached(String author, String how, String schema) {}

    /**
     * Asks the catalogs of the connection's database.
     *
     * @param maintenance the role that runs the code
     * @param schemas the tenant's
     * @param path what the tenant's {@code search_path} has behind them
     * @param others schemas of another tenant
     * @param transitions schemas that keep marks: the functions of the net in them are not the tenant's code
     */
    public static List<Reached> of(
            Connection connection,
            String maintenance,
            Collection<String> schemas,
            Collection<String> path,
            Collection<String> others,
            Collection<String> transitions)
            throws SQLException {
        List<String> all = new ArrayList<>(schemas);
        all.addAll(path);
        List<Reached> reached = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(SQL)) {
            statement.setArray(1, names(connection, all));
            statement.setArray(2, names(connection, schemas));
            statement.setArray(3, names(connection, transitions));
            statement.setArray(4, names(connection, others));
            statement.setArray(5, names(connection, others));
            statement.setString(6, maintenance);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    reached.add(new Reached(rows.getString(1), rows.getString(2), rows.getString(3)));
                }
            }
        }
        return reached;
    }

    private static Array names(Connection connection, Collection<String> names) throws SQLException {
        return connection.createArrayOf("text", names.toArray());
    }
}
