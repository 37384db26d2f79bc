// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.catalog.Uncarried;
import dev.cutover.dualwrite.catalog.Uncarried.Gap;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What the newer side has and the older one has no place for is lost by a rollback. A flip is told so beforehand; a rollback
 * that would lose something takes the operator's word, since there must be a way back.
 */
final class RollbackKeepsAll implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.ROLLBACK_KEEPS_ALL;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        Side serving = now.plan().serving();
        Side newer = now.back() ? serving : serving.other();
        List<Finding> findings = new ArrayList<>();
        for (Uncarried each : now.drawn().uncarried()) {
            if (each.side() != newer || each.gap() != Gap.UNREAD || each.consent() != null) {
                continue;
            }
            String lost = lost(each);
            if (!now.back()) {
                findings.add(note(lost, each.remedy()));
            } else if (each.holdsSomething(connection, now.plan().servingSchema())) {
                findings.add(blocking(lost, each.remedy() + "; or go back with --force " + name().label()));
            }
        }
        return findings;
    }

    private static String lost(Uncarried left) {
        String older = left.side().other().label();
        return left.column() == null
                ? "a rollback loses the rows of " + left.described() + ", which " + older + " has no table for"
                : "a rollback loses the values of " + left.described() + ", which " + older + " has no column for";
    }
}
