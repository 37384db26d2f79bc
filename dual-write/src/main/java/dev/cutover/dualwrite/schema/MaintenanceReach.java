package dev.cutover.dualwrite.schema;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Whom the code of a tenant reaches through the maintenance role. A maintenance session runs the functions that a tenant's tables
 * call, with the rights of its own role, and {@code SET ROLE} does not contain them. So a role that can place such a function can do
 * what the maintenance role can.
 */
public final class MaintenanceReach {
    /** Parameters: the tenant's schemas, other schemas. A grantee 0 is PUBLIC. */
    private static final String SQL = """
            WITH home AS (SELECT * FROM pg_namespace WHERE nspname = ANY (?)),
            author (oid) AS (
                SELECT nspowner FROM home
                UNION SELECT c.relowner FROM pg_class c JOIN home ON home.oid = c.relnamespace
                UNION SELECT p.proowner FROM pg_proc p JOIN home ON home.oid = p.pronamespace
                UNION SELECT g.grantee FROM home CROSS JOIN LATERAL aclexplode(home.nspacl) AS g WHERE g.privilege_type = 'CREATE')
            SELECT DISTINCT coalesce(r.rolname, 'PUBLIC'), n.nspname
            FROM author LEFT JOIN pg_roles r ON r.oid = author.oid CROSS JOIN pg_namespace n
            WHERE n.nspname = ANY (?) AND r.rolsuper IS NOT TRUE
              AND EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND pg_has_role(c.relowner, 'USAGE')
                AND (r.oid IS NULL OR NOT pg_has_role(r.oid, c.relowner, 'USAGE')))
              AND (r.oid IS NULL OR NOT pg_has_role(r.oid, current_user::regrole, 'USAGE'))
            ORDER BY 1, 2""";

    private MaintenanceReach() {}

    /**
     * @param author a role, or PUBLIC
     * @param schema one whose tables the maintenance role may change and the author may not
     */
    public record Reached(String author, String schema) {}

    /**
     * Asks as the maintenance role.
     *
     * @param schemas the tenant's
     * @param others those of other tenants in the connection's database
     */
    public static List<Reached> of(Connection connection, Collection<String> schemas, Collection<String> others)
            throws SQLException {
        List<Reached> reached = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(SQL)) {
            statement.setArray(1, names(connection, schemas));
            statement.setArray(2, names(connection, others));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    reached.add(new Reached(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return reached;
    }

    private static Array names(Connection connection, Collection<String> names) throws SQLException {
        return connection.createArrayOf("text", names.toArray());
    }
}
