// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class RateLimitTest {
    private static final long SECOND = 1_000_000_000;

    private long now = Long.MAX_VALUE - SECOND;
    private final RateLimit rate = new RateLimit(() -> now);

    @Test
    void theFirstChunkPassesTheRateLimitAtOnce() {
        assertFalse(rate.holds());
    }

    @Test
    void theRateLimitHoldsUntilTheRowsOfAChunkAreDue() {
        now += SECOND;
        rate.passed(2_000, SECOND, 1_000);

        assertTrue(rate.holds());
        now += SECOND;
        assertFalse(rate.holds());
    }

    @Test
    void chunksOfSeveralWorkersShareOneRateLimit() {
        now += SECOND;
        rate.passed(1_000, SECOND, 1_000);
        rate.passed(1_000, SECOND, 1_000);

        assertTrue(rate.holds());
    }

    @Test
    void aRateLimitDoesNotMakeUpForAPause() {
        now += 60 * SECOND;

        rate.passed(2_000, SECOND, 1_000);

        assertTrue(rate.holds());
    }

    @Test
    void noRateLimitHoldsNothing() {
        rate.passed(1_000_000, 1, 0);

        assertFalse(rate.holds());
    }
}
