// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.Side;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.proxy.control.maintenance.MaintenanceExhaustedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;

/** The idle side's server is there. */
final class IdleSideAnswers implements Guardrail {
    /** How many connections of a pool may be found dead, one after the other. */
    private static final int MOST_DEAD = 8;

    /** connection_failure, admin_shutdown, crash_shutdown. */
    private static final Set<String> DIED = Set.of("08006", "57P01", "57P02");

    @Override
    public GuardrailName name() {
        return GuardrailName.IDLE_SIDE_ANSWERS;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        return reach(now.placement().idle(), now.plan().serving().other(), now.config());
    }

    static List<Finding> reach(DataSource database, Side side, TenantConfig tenant) throws SQLException {
        try {
            ask(database);
            return List.of();
        } catch (MaintenanceExhaustedException e) {
            // The server was not asked.
            throw e;
        } catch (SQLException e) {
            ConnectionFailure failure = ConnectionFailure.of(tenant, side, e);
            String finding = "side " + side.label() + " does not answer: " + failure.reason();
            return List.of(
                    failure.refused()
                            ? new Finding("maintenance-rights", true, failure.reason(), failure.remedy())
                            : new IdleSideAnswers().blocking(finding, failure.remedy()));
        }
    }

    /** A pooled connection may have died with its server's last run: then the next one is asked. The pool drops the dead one. */
    private static void ask(DataSource database) throws SQLException {
        for (int dead = 0; ; dead++) {
            try (Connection connection = database.getConnection()) {
                try {
                    Rows.query(connection, "SELECT 1", row -> row.getInt(1));
                    return;
                } catch (SQLException e) {
                    if (dead == MOST_DEAD || !DIED.contains(String.valueOf(e.getSQLState()))) {
                        throw e;
                    }
                }
            }
        }
    }
}
