package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.api.Finding;
import dev.cutover.config.api.GuardrailName;
import java.sql.Connection;
import java.util.List;

/** The mapping can be carried out in both directions, with both schemas as they are now. */
final class MappingCarries implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.MAPPING;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) {
        return now.drawn().problems();
    }
}
