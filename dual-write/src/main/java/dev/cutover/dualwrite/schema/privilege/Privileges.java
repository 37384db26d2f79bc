// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.privilege;

import static dev.cutover.dualwrite.model.SqlText.identifier;
import static dev.cutover.dualwrite.model.SqlText.qualified;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries ownership and grants from the serving side's schema, tables and sequences to the idle side's, since the
 * tenant's own roles write to both.
 */
public final class Privileges {
    private static final String RELATION_GRANTS = """
            SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END, g.privilege_type
            FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) AS g LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE c.oid = to_regclass(?) AND g.grantee <> c.relowner""";

    private static final String SCHEMA_GRANTS = """
            SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END, g.privilege_type
            FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) AS g LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE n.nspname = ? AND g.grantee <> n.nspowner""";

    private static final String SEQUENCES = """
            SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind = 'S'""";

    private static final String ROLES = """
            SELECT DISTINCT r.rolname FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'S') AND (r.oid = c.relowner OR r.oid = n.nspowner
              OR EXISTS (SELECT FROM aclexplode(c.relacl) AS g WHERE g.grantee = r.oid)
              OR EXISTS (SELECT FROM aclexplode(n.nspacl) AS g WHERE g.grantee = r.oid)) ORDER BY 1""";

    private Privileges() {}

    /**
     * Gives the idle side what the serving side has; safe to repeat.
     *
     * @param serving read only
     * @param idle the same connection if both sides lie in one database; its transaction is the caller's
     */
    public static void carryOver(Connection serving, Connection idle, MirrorPlan plan) throws SQLException {
        List<String> statements = new ArrayList<>();
        own("SCHEMA", identifier(plan.idleSchema()), schemaOwner(serving, plan), statements);
        for (String[] grant : Rows.query(serving, SCHEMA_GRANTS, Privileges::grant, plan.servingSchema())) {
            statements.add("GRANT " + grant[1] + " ON SCHEMA " + identifier(plan.idleSchema()) + " TO " + grant[0]);
        }
        for (TablePlan table : plan.tables().values()) {
            String servingTable = qualified(plan.servingSchema(), table.servingTable());
            String idleTable = qualified(plan.idleSchema(), table.idleTable());
            own("TABLE", idleTable, owner(serving, servingTable), statements);
            grants(serving, "TABLE", servingTable, idleTable, statements);
        }
        List<String> servingSequences = Rows.query(serving, SEQUENCES, row -> row.getString(1), plan.servingSchema());
        for (String sequence : Rows.query(idle, SEQUENCES, row -> row.getString(1), plan.idleSchema())) {
            if (servingSequences.contains(sequence)) {
                grants(
                        serving,
                        "SEQUENCE",
                        qualified(plan.servingSchema(), sequence),
                        qualified(plan.idleSchema(), sequence),
                        statements);
            }
        }
        Rows.execute(idle, statements);
    }

    /** The roles that own or may use something of the serving side, and are not known where the idle side lies. */
    public static List<String> missingRoles(Connection serving, Connection idle, String servingSchema)
            throws SQLException {
        List<String> known = Rows.query(idle, "SELECT rolname FROM pg_roles", row -> row.getString(1));
        List<String> needed = Rows.query(serving, ROLES, row -> row.getString(1), servingSchema);
        return needed.stream().filter(role -> !known.contains(role)).toList();
    }

    private static void grants(Connection connection, String kind, String serving, String idle, List<String> statements)
            throws SQLException {
        for (String[] grant : Rows.query(connection, RELATION_GRANTS, Privileges::grant, serving)) {
            statements.add("GRANT " + grant[1] + " ON " + kind + " " + idle + " TO " + grant[0]);
        }
    }

    private static void own(String kind, String object, @Nullable String owner, List<String> statements) {
        if (owner != null) {
            statements.add("ALTER " + kind + " " + object + " OWNER TO " + owner);
        }
    }

    private static @Nullable String owner(Connection connection, String relation) throws SQLException {
        List<String> owners = Rows.query(
                connection,
                "SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class WHERE oid = to_regclass(?)",
                row -> row.getString(1),
                relation);
        return owners.isEmpty() ? null : owners.get(0);
    }

    private static @Nullable String schemaOwner(Connection connection, MirrorPlan plan) throws SQLException {
        List<String> owners = Rows.query(
                connection,
                "SELECT quote_ident(pg_get_userbyid(nspowner)) FROM pg_namespace WHERE nspname = ?",
                row -> row.getString(1),
                plan.servingSchema());
        return owners.isEmpty() ? null : owners.get(0);
    }

    private static String[] grant(java.sql.ResultSet row) throws SQLException {
        return new String[] {row.getString(1), row.getString(2)};
    }
}
