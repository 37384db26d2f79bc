// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.verify.RollbackLoss;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code up} makes of the serving side's rows, {@code down} turns back into the same rows. Where it does not, a row
 * that is written after the flip comes back as something else with a rollback.
 */
final class NoRollbackLoss implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.NO_ROLLBACK_LOSS;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        if (now.drawn().problems().isEmpty()) {
            for (RollbackLoss.Loss loss : RollbackLoss.count(
                    connection, now.drawn().out(), now.drawn().back())) {
                findings.add(found(loss));
            }
        }
        return findings;
    }

    private Finding found(RollbackLoss.Loss loss) {
        if (loss.unknown() != null) {
            return blocking(
                    "rows of " + loss.table() + " that down does not give back could not be counted: " + loss.unknown(),
                    "have down read only what up makes, or flip with --force " + name().label());
        }
        if (loss.failure() != null) {
            return blocking(
                    "up and down cannot be evaluated for every row of " + loss.table() + ": " + loss.failure(),
                    "correct up or down in the mapping");
        }
        return blocking(
                loss.rows() + " row(s) of " + loss.table() + " are not what they were once down has given them back ("
                        + String.join(", ", loss.columns()) + ", for example key " + loss.example() + ")",
                "correct up or down in the mapping");
    }
}
