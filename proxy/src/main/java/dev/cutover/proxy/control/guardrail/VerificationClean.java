// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import java.sql.Connection;
import java.util.List;

/** The last verification since mirroring began found no difference. */
final class VerificationClean implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.VERIFICATION_CLEAN;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) {
        if (now.verified().at() == null) {
            return List.of(blocking("the sides have not been compared", "run verify"));
        }
        return now.verified().mismatches() == 0
                ? List.of()
                : List.of(blocking(
                        "the last verification found " + now.verified().mismatches() + " rows that differ",
                        "run verify --repair, then verify"));
    }
}
