// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.schema.privilege.Grants;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Roles may do on the idle side what they may do on the serving side. */
final class GrantsThere implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.GRANTS_THERE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        return now.back() ? List.of() : found(Grants.differences(now.servingCatalog(), now.idleCatalog(), now.plan()));
    }
}
