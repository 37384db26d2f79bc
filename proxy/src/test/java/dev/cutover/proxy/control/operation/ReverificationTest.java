// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class ReverificationTest {
    private static final Instant VERIFIED = Instant.parse("2026-11-30T12:00:00Z");
    private static final Duration MOST = Duration.ofHours(2);

    @Test
    void aReverificationIsNotDueWhileHalfOfTheTimeIsLeft() {
        assertFalse(Reverification.due(VERIFIED, MOST, VERIFIED.plus(Duration.ofHours(1))));
    }

    @Test
    void aReverificationIsDueWhenLessThanHalfOfTheTimeIsLeft() {
        assertTrue(Reverification.due(
                VERIFIED, MOST, VERIFIED.plus(Duration.ofHours(1)).plusMillis(1)));
    }

    @Test
    void noReverificationIsDueIfAProofLastsForEver() {
        assertFalse(Reverification.due(VERIFIED, Duration.ZERO, VERIFIED.plus(Duration.ofDays(1000))));
    }
}
