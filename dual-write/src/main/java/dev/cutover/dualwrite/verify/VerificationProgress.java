// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** What is known durably of a tenant's verification that has not ended, in the serving side's database. */
final class VerificationProgress {
    private static final String TABLE = "verification";

    private final DataSource serving;
    private final String tenant;
    private final String side;
    private final String table;

    VerificationProgress(DataSource serving, MirrorPlan plan) {
        this.serving = serving;
        this.tenant = plan.tenant();
        this.side = plan.serving().name();
        this.table = plan.transition().table(TABLE);
    }

    /** @param lastKey up to which the table is compared */
    record State(@Nullable String lastKey, long compared, boolean done) {
        static final State NONE = new State(null, 0, false);
    }

    /** By table, if the verification was of this direction and began no longer ago than that; otherwise it is forgotten. */
    Map<String, State> begin(Duration newerThan) throws SQLException {
        try (Connection connection = serving.getConnection()) {
            update(
                    connection,
                    "DELETE FROM " + table + " WHERE tenant = ? AND EXISTS (SELECT FROM " + table + " AS v"
                            + " WHERE v.tenant = ? AND (v.side <> ? OR v.began_at < clock_timestamp() - ?::bigint"
                            + " * interval '1 millisecond'))",
                    tenant,
                    tenant,
                    side,
                    Long.toString(newerThan.toMillis()));
            Map<String, State> states = new HashMap<>();
            Rows.query(
                    connection,
                    "SELECT tbl, last_key, compared, done FROM " + table + " WHERE tenant = ?",
                    row -> states.put(row.getString(1), new State(row.getString(2), row.getLong(3), row.getBoolean(4))),
                    tenant);
            return states;
        }
    }

    void record(String compared, State state) throws SQLException {
        try (Connection connection = serving.getConnection()) {
            update(
                    connection,
                    "INSERT INTO " + this.table + " (tenant, tbl, side, last_key, compared, done)"
                            + " VALUES (?, ?, ?, ?::jsonb, ?::bigint, ?::boolean) ON CONFLICT (tenant, tbl) DO UPDATE"
                            + " SET last_key = EXCLUDED.last_key, compared = EXCLUDED.compared, done = EXCLUDED.done",
                    tenant,
                    compared,
                    side,
                    state.lastKey(),
                    Long.toString(state.compared()),
                    Boolean.toString(state.done()));
        }
    }

    void forget() throws SQLException {
        try (Connection connection = serving.getConnection()) {
            update(connection, "DELETE FROM " + table + " WHERE tenant = ?", tenant);
        }
    }

    static void forget(Connection connection, TransitionSchema transition, String tenant) throws SQLException {
        update(connection, "DELETE FROM " + transition.table(TABLE) + " WHERE tenant = ?", tenant);
    }

    private static void update(Connection connection, String sql, @Nullable String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        }
    }
}
