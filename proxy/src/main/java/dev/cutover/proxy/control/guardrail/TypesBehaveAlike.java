// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.schema.difference.TypeDifferences;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Types and collations of the same name mean the same on both sides. */
final class TypesBehaveAlike implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.TYPES_BEHAVE_ALIKE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        return now.back() ? List.of() : found(TypeDifferences.of(now.servingCatalog(), now.idleCatalog()));
    }
}
