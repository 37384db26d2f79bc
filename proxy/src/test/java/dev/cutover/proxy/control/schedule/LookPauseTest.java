// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class LookPauseTest {
    private static final long SECOND = 1_000_000_000;

    private long now;
    private final LookPause pause = new LookPause(() -> now);

    @Test
    void aDatabaseWhoseTenantsHaveSomethingToDoIsLookedAtOften() {
        now += 5 * SECOND;
        pause.active();
        now += SECOND - 1;

        assertEquals(LookPause.SHORTEST_NANOS, pause.looked());
    }

    @Test
    void thePauseOfAQuietDatabaseDoublesUpToTheLongest() {
        now += SECOND;

        assertEquals(2 * LookPause.SHORTEST_NANOS, pause.looked());
        pause.looked();
        assertEquals(LookPause.LONGEST_NANOS, pause.looked());
    }

    @Test
    void aDatabaseIsLeftAloneForLongerAfterAnError() {
        assertEquals(LookPause.AFTER_ERROR_NANOS, pause.failed());
    }

    @Test
    void aQuietDatabaseIsLookedAtAgainWithinTheLongestPauseAfterAnError() {
        pause.failed();
        now += SECOND;

        assertEquals(LookPause.LONGEST_NANOS, pause.looked());
    }
}
