// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.schema.difference.TableDifferences;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Tables of the idle side generate, number, default, sort and keep their columns as those of the serving side do. */
final class TablesBehaveAlike implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.TABLES_BEHAVE_ALIKE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        return now.back() ? List.of() : found(TableDifferences.of(now.servingCatalog(), now.idleCatalog(), now.plan()));
    }
}
