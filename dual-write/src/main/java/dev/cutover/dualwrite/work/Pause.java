package dev.cutover.dualwrite.work;

import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Whether a tenant's backfill or verification is paused, as the serving side's database knows durably. */
public final class Pause {
    private Pause() {}

    public static boolean holds(Connection serving, String tenant) throws SQLException {
        return !Rows.query(serving, "SELECT FROM cutover.paused WHERE tenant = ?", row -> true, tenant)
                .isEmpty();
    }

    /** Safe to repeat. */
    public static void set(Connection serving, String tenant, boolean paused) throws SQLException {
        try (PreparedStatement statement = serving.prepareStatement(
                paused
                        ? "INSERT INTO cutover.paused (tenant) VALUES (?) ON CONFLICT DO NOTHING"
                        : "DELETE FROM cutover.paused WHERE tenant = ?")) {
            statement.setString(1, tenant);
            statement.executeUpdate();
        }
    }
}
