package dev.cutover.dualwrite.schema;

import static dev.cutover.dualwrite.rewrite.SqlText.identifier;
import static dev.cutover.dualwrite.rewrite.SqlText.qualified;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
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

    /** Everybody who may write the serving tables may also mark. */
    private static final String WRITERS = """
            SELECT DISTINCT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            CROSS JOIN LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS g
            LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND g.privilege_type IN ('INSERT', 'UPDATE', 'DELETE')""";

    private Privileges() {}

    /** Runs in the caller's transaction; safe to repeat. */
    public static void carryOver(Connection connection, MirrorPlan plan) throws SQLException {
        List<String> statements = new ArrayList<>();
        own(connection, "SCHEMA", identifier(plan.idleSchema()), schemaOwner(connection, plan), statements);
        for (String[] grant : Rows.query(connection, SCHEMA_GRANTS, Privileges::grant, plan.servingSchema())) {
            statements.add("GRANT " + grant[1] + " ON SCHEMA " + identifier(plan.idleSchema()) + " TO " + grant[0]);
        }
        for (TablePlan table : plan.tables().values()) {
            relation(
                    connection,
                    "TABLE",
                    qualified(plan.servingSchema(), table.servingTable()),
                    qualified(plan.idleSchema(), table.idleTable()),
                    statements);
        }
        List<String> servingSequences =
                Rows.query(connection, SEQUENCES, row -> row.getString(1), plan.servingSchema());
        for (String sequence : Rows.query(connection, SEQUENCES, row -> row.getString(1), plan.idleSchema())) {
            if (servingSequences.contains(sequence)) {
                grants(
                        connection,
                        "SEQUENCE",
                        qualified(plan.servingSchema(), sequence),
                        qualified(plan.idleSchema(), sequence),
                        statements);
            }
        }
        for (String writer : Rows.query(connection, WRITERS, row -> row.getString(1), plan.servingSchema())) {
            statements.add("GRANT USAGE ON SCHEMA cutover TO " + writer);
            statements.add("GRANT INSERT ON cutover.dirty_key TO " + writer);
        }
        Rows.execute(connection, statements);
    }

    private static void relation(
            Connection connection, String kind, String serving, String idle, List<String> statements)
            throws SQLException {
        own(connection, kind, idle, owner(connection, serving), statements);
        grants(connection, kind, serving, idle, statements);
    }

    private static void grants(Connection connection, String kind, String serving, String idle, List<String> statements)
            throws SQLException {
        for (String[] grant : Rows.query(connection, RELATION_GRANTS, Privileges::grant, serving)) {
            statements.add("GRANT " + grant[1] + " ON " + kind + " " + idle + " TO " + grant[0]);
        }
    }

    private static void own(
            Connection connection, String kind, String object, @Nullable String owner, List<String> statements) {
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
