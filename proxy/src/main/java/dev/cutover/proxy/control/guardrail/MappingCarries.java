// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
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
