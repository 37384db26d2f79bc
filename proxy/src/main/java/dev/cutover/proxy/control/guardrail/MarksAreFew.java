// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.mark.Marks;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Few enough keys wait for resync to be carried over while the gate is closed. */
final class MarksAreFew implements Guardrail {
    private static final long MOST = 10_000;

    @Override
    public GuardrailName name() {
        return GuardrailName.MARKS_ARE_FEW;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        Marks.Count marks = new Marks(now.plan()).count(connection);
        return marks.pending() <= MOST
                ? List.of()
                : List.of(blocking(
                        marks.pending() + " keys wait to be resynced, at most " + MOST + " may",
                        "wait until resync has caught up; status shows marks.pending"));
    }
}
