// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.Login;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.text.OneLine;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Why the maintenance role gets no connection to a side: what lies under the pool's own error.
 *
 * @param refused whether the server answers and refuses the role
 * @param reason names role, database and the server's error
 */
record ConnectionFailure(boolean refused, String reason, String remedy) {
    static ConnectionFailure of(TenantConfig tenant, Side side, SQLException e) {
        SideConfig place = Objects.requireNonNull(tenant.side(side), "a movable tenant has both sides");
        Login login = Objects.requireNonNull(tenant.maintenance(), "a movable tenant has a maintenance role")
                .login();
        SQLException root = root(e);
        String error = OneLine.of(root);
        String where = "database " + place.database() + " of cluster " + place.cluster();
        String state = state(root);
        return switch (state) {
            case "28P01", "28000" ->
                new ConnectionFailure(
                        true,
                        "the server of " + where + " refuses the login of maintenance role " + login.user() + ": "
                                + error,
                        "correct tenants." + tenant.name() + ".maintenance, or let the role log in there");
            case "3D000" ->
                new ConnectionFailure(
                        true,
                        where + " does not exist: " + error,
                        "create it, or correct tenants." + tenant.name() + "." + side.label() + ".database");
            case "42501" ->
                new ConnectionFailure(
                        true,
                        "maintenance role " + login.user() + " may not connect to " + where + ": " + error,
                        "run GRANT CONNECT ON DATABASE " + place.database() + " TO " + login.user());
            default ->
                new ConnectionFailure(
                        false,
                        where + ": " + error,
                        "bring its server back; until then writes are marked, and resync carries them over later");
        };
    }

    private static String state(SQLException e) {
        String state = e.getSQLState();
        return state == null ? "" : state;
    }

    /** The pool tells only that it had no connection in time; the driver's error is its cause. */
    private static SQLException root(SQLException e) {
        SQLException root = e;
        for (@Nullable Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                root = sql;
            }
        }
        return root;
    }
}
