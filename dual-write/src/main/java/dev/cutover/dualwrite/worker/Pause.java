// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.worker;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.TransitionSchema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Whether a tenant's backfill or verification is paused, as the serving side's database knows durably. */
public final class Pause {
    private static final String TABLE = "paused";

    private Pause() {}

    public static boolean holds(Connection serving, TransitionSchema transition, String tenant) throws SQLException {
        return !Rows.query(serving, "SELECT FROM " + transition.table(TABLE) + " WHERE tenant = ?", row -> true, tenant)
                .isEmpty();
    }

    /** Safe to repeat. */
    public static void set(Connection serving, TransitionSchema transition, String tenant, boolean paused)
            throws SQLException {
        try (PreparedStatement statement = serving.prepareStatement(
                paused
                        ? "INSERT INTO " + transition.table(TABLE) + " (tenant) VALUES (?) ON CONFLICT DO NOTHING"
                        : "DELETE FROM " + transition.table(TABLE) + " WHERE tenant = ?")) {
            statement.setString(1, tenant);
            statement.executeUpdate();
        }
    }
}
