package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The idle side's server is there. */
final class IdleSideAnswers implements Guardrail {
    @Override
    public String name() {
        return "idle-side-answers";
    }

    @Override
    public List<Finding> check(Tenant tenant, Mirroring mirroring, Connection connection) {
        try (Connection idle = mirroring.placement().idle().getConnection()) {
            Rows.query(idle, "SELECT 1", row -> row.getInt(1));
            return List.of();
        } catch (SQLException e) {
            return List.of(blocking(
                    "the idle side does not answer: " + Text.firstLine(e),
                    "bring its server back; what is written meanwhile is marked and carried over by itself"));
        }
    }
}
