// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.backfill.Backfill;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Every row that was there before mirroring began has been copied. */
final class BackfillComplete implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.BACKFILL_COMPLETE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        Backfill.Progress progress = Backfill.progress(connection, now.plan().transition(), now.tenant());
        return progress.done() || now.plan().tables().isEmpty()
                ? List.of()
                : List.of(blocking(
                        "the backfill has passed " + progress.rows() + " of " + progress.total() + " rows",
                        "run backfill"));
    }
}
