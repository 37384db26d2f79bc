// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Incarnation;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * No server of either side has crashed or failed over since the last verification began. A crash empties unlogged tables, and
 * with {@code synchronous_commit} off it loses rows that the other side has.
 */
final class NoCrashSinceVerify implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.NO_CRASH_SINCE_VERIFY;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        boolean compared = now.verified().at() != null;
        return !compared
                        || Incarnation.recorded(now.placement(), now.plan().transition())
                                .equals(now.verified().incarnation())
                ? List.of()
                : List.of(blocking(
                        "a server of the two sides has crashed or failed over since they were compared; rows may be gone",
                        "run verify; if it finds differences, find out which side is right before verify --repair, which"
                                + " makes the idle side equal to the serving side"));
    }
}
