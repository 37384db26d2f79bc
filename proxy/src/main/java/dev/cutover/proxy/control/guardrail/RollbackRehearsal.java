// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.resync.Rehearsal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** A write to the idle side reaches the serving side through {@code down}: tried with a row of each table, and undone. */
final class RollbackRehearsal implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.ROLLBACK_REHEARSAL;
    }

    /** Code of the tables runs, and the numbers that it takes from sequences are gone. */
    @Override
    public boolean leavesTraces() {
        return true;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        if (!now.drawn().problems().isEmpty()) {
            return List.of();
        }
        return new Rehearsal(
                        now.placement().reversed(),
                        now.drawn().out(),
                        now.drawn().back())
                .run().stream()
                        .map(
                                failure -> failure.locked()
                                        ? note(
                                                failure.table()
                                                        + " was not rehearsed: its rows are locked all the time",
                                                "try again")
                                        : blocking(
                                                "a write to the idle side's " + failure.table()
                                                        + " does not reach the serving side: " + failure.reason(),
                                                "correct down in the mapping, or remove what refuses the row on the serving side"))
                        .toList();
    }
}
