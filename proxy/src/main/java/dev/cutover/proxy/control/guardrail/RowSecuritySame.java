// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.schema.difference.RowSecurity;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Row security lets through on the idle side what it lets through on the serving side. */
final class RowSecuritySame implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.ROW_SECURITY_SAME;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        return now.back()
                ? List.of()
                : found(RowSecurity.differences(now.servingCatalog(), now.idleCatalog(), now.plan()));
    }
}
