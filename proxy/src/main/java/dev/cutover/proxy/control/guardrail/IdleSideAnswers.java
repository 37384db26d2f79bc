package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.Side;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.control.Finding;
import dev.cutover.config.control.GuardrailName;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.proxy.control.maintenance.MaintenanceExhaustedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** The idle side's server is there. */
final class IdleSideAnswers implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.IDLE_SIDE_ANSWERS;
    }

    @Override
    public List<Finding> check(Situation now, Connection connection) throws SQLException {
        return reach(now.placement().idle(), now.plan().serving().other(), now.config());
    }

    static List<Finding> reach(DataSource database, Side side, TenantConfig tenant) throws SQLException {
        try (Connection connection = database.getConnection()) {
            Rows.query(connection, "SELECT 1", row -> row.getInt(1));
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
}
