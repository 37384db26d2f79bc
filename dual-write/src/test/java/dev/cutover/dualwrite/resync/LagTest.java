// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class LagTest {
    private long now = 1_000_000_000;
    private final Lag lag = new Lag(() -> now);

    @Test
    void theLagGrowsWhileNoStepSucceeds() {
        lag.found(Duration.ofMillis(300));

        now += 200_000_000;

        assertEquals(Duration.ofMillis(500), lag.now());
    }

    @Test
    void thereIsNoLagOnceNoMarkIsDue() {
        lag.found(Duration.ofMillis(300));

        lag.foundNone();

        assertEquals(Duration.ZERO, lag.now());
    }
}
