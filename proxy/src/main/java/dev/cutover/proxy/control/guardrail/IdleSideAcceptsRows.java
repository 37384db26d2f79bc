// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The idle side refuses no row. */
final class IdleSideAcceptsRows implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.IDLE_SIDE_ACCEPTS_ROWS;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        return refusedRows(now.plan(), connection);
    }

    List<Finding> refusedRows(MirrorPlan plan, Connection connection) throws SQLException {
        Marks.Count marks = new Marks(plan).count(connection);
        return marks.failed() == 0
                ? List.of()
                : List.of(blocking(
                        "the idle side refuses " + marks.failed() + " rows (cutover ledger names them)",
                        "remove the cause; resync retries them, or run cutover resync to retry them now"));
    }
}
