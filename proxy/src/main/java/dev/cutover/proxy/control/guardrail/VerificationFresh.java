// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The last verification is not older than the configuration allows. */
final class VerificationFresh implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.VERIFICATION_FRESH;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) {
        return stale(now.verified().at(), now.config().backfill().maxProofAge(), now.now());
    }

    List<Finding> stale(@Nullable Instant at, Duration most, Instant now) {
        if (at == null || most.isZero()) {
            return List.of();
        }
        Duration age = Duration.between(at, now);
        return age.compareTo(most) <= 0
                ? List.of()
                : List.of(blocking(
                        "the last verification is " + age.toSeconds() + " s old, backfill.max-proof-age is "
                                + most.toSeconds() + " s",
                        "run verify"));
    }
}
