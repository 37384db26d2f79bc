// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class DeadlineTest {
    private static final long MILLISECOND = 1_000_000;

    /** So that a deadline lies behind the overflow of the clock. */
    private long now = Long.MAX_VALUE - MILLISECOND;

    private final Deadline deadline = Deadline.after(Duration.ofMillis(3), () -> now);

    @Test
    void aDeadlineHasNotPassedBeforeItsTime() {
        now += 3 * MILLISECOND - 1;

        assertFalse(deadline.passed());
    }

    @Test
    void aDeadlinePassesAtItsTime() {
        now += 3 * MILLISECOND;

        assertTrue(deadline.passed());
    }

    @Test
    void whatIsLeftOfADeadlineShrinks() {
        now += MILLISECOND;

        assertEquals(2 * MILLISECOND, deadline.nanosLeft());
    }

    @Test
    void aFractionOfAMillisecondIsWaitedForAsAWholeOne() {
        now += 3 * MILLISECOND - 1;

        assertEquals(1, deadline.millisLeft());
    }

    @Test
    void nothingIsLeftOfADeadlineThatHasPassed() {
        now += 3 * MILLISECOND;

        assertEquals(0, deadline.millisLeft());
    }
}
