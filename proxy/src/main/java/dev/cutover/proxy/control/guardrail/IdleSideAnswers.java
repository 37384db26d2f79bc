package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.control.Finding;
import dev.cutover.config.control.GuardrailName;
import dev.cutover.config.runtime.Text;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The idle side's server is there. */
final class IdleSideAnswers implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.IDLE_SIDE_ANSWERS;
    }

    @Override
    public List<Finding> check(Situation now, Connection connection) {
        return reach(now.placement());
    }

    static List<Finding> reach(Placement placement) {
        try (Connection idle = placement.idle().getConnection()) {
            Rows.query(idle, "SELECT 1", row -> row.getInt(1));
            return List.of();
        } catch (SQLException e) {
            return List.of(new IdleSideAnswers()
                    .blocking(
                            "the idle side does not answer: " + Text.firstLine(e),
                            "bring its server back; what is written meanwhile is marked and carried over by itself"));
        }
    }
}
