// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.proxy.route.ActiveTransaction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The guardrails that compare an age with a limit. */
final class AgeGuardrailsTest {
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final VerificationFresh verification = new VerificationFresh();
    private final NoLongTransaction transactions = new NoLongTransaction();

    @Test
    void aVerificationAsOldAsItMayBeIsFresh() {
        assertEquals(List.of(), verification.stale(NOW.minus(LIMIT), LIMIT, NOW));
    }

    @Test
    void aVerificationThatIsOlderThanItMayBeBlocks() {
        assertEquals(
                true,
                verification
                        .stale(NOW.minus(LIMIT).minusMillis(1), LIMIT, NOW)
                        .get(0)
                        .blocking());
    }

    @Test
    void aVerificationOfAnyAgeIsFreshIfThereIsNoLimit() {
        assertEquals(List.of(), verification.stale(Instant.EPOCH, Duration.ZERO, NOW));
    }

    @Test
    void aTransactionThatTheDrainWouldWaitForIsNotNoted() {
        assertEquals(List.of(), transactions.longer(List.of(begun(NOW.minus(LIMIT))), LIMIT, NOW));
    }

    @Test
    void aTransactionThatTheDrainWouldNotWaitForIsNoted() {
        assertEquals(
                1,
                transactions
                        .longer(List.of(begun(NOW.minus(LIMIT).minusMillis(1))), LIMIT, NOW)
                        .size());
    }

    private static ActiveTransaction begun(Instant at) {
        return new ActiveTransaction(1, "127.0.0.1:1", "app", "active", at, "");
    }
}
