// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.schema.difference.SideObjects;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Each view, function, type, sequence and other object of the serving side is on the idle side, too. */
final class ObjectsThere implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.OBJECTS_THERE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        return now.back()
                ? List.of()
                : found(SideObjects.differences(
                        now.servingCatalog(),
                        now.idleCatalog(),
                        now.plan(),
                        now.config().mapping().ignored()));
    }
}
