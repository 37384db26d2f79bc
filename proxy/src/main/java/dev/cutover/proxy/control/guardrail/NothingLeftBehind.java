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
 * Each table and each column of the serving side that holds something has a place on the other side, or the mapping says that
 * it may be lost. What the way back loses is {@link RollbackKeepsAll}'s.
 */
final class NothingLeftBehind implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.NOTHING_LEFT_BEHIND;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        return now.back()
                ? List.of()
                : left(
                        now.drawn().uncarried(),
                        now.plan().serving(),
                        connection,
                        now.plan().servingSchema());
    }

    List<Finding> left(List<Uncarried> uncarried, Side serving, Connection connection, String schema)
            throws SQLException {
        List<Finding> findings = new ArrayList<>();
        for (Uncarried each : uncarried) {
            if (each.side() == serving) {
                findings.add(found(each, each.holdsSomething(connection, schema)));
            }
        }
        return findings;
    }

    private Finding found(Uncarried left, boolean filled) {
        String what = left.described();
        if (!filled) {
            return note(what + " is empty and has no counterpart", "nothing to do while it is empty; " + left.remedy());
        }
        if (left.consent() != null) {
            return note(
                    what + " stays behind with what it holds, as the mapping says: " + left.consent(),
                    "nothing to do if that is still meant; else map it");
        }
        String other = left.side().other().label();
        return blocking(
                left.gap() == Gap.UNREAD
                        ? what + " holds " + (left.column() == null ? "rows" : "values") + " that reach nothing of "
                                + other
                        : what + " holds values that nothing of " + other + " gives back after the flip",
                left.remedy());
    }
}
