// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    private final Latencies latencies = new Latencies();

    @Test
    void theSlowestHundredthIsComparedWithTheCalmOnes() {
        record(1_000, 10);
        latencies.begin();
        record(980, 10);
        record(20, 1_000);
        latencies.end();

        Latencies.View view = latencies.take();

        assertEquals(2_000, view.transactions());
        assertEquals(1_000, view.calmOnes());
        assertEquals(1, view.slowdown(), 0.2, "a hundredth of all is 20");
        record(100, 1_000);
        assertTrue(latencies.take().slowdown() > 50);
    }

    /** Each of them lies in a bucket of its own, as slow ones do. */
    @Test
    void singleSlowOnesAreNotRoundedAway() {
        record(1_000, 10);
        latencies.begin();
        record(480, 10);
        for (int i = 0; i < 10; i++) {
            record(1, 1_000L << i);
            record(1, 1_500L << i);
        }

        latencies.take();

        assertTrue(latencies.take().slowdown() > 50, "after one halving");
    }

    @Test
    void ofATenantWithFewTheyAreOfALongerTimeButNotForEver() {
        latencies.begin();
        for (int i = 0; i < 10; i++) {
            record(30, 10);
            latencies.take();
        }

        assertEquals(300, latencies.take().transactions());
        latencies.take();
        assertTrue(latencies.take().transactions() < 100);
    }

    private void record(int transactions, long millis) {
        for (int i = 0; i < transactions; i++) {
            long now = System.nanoTime();
            latencies.record(now - TimeUnit.MILLISECONDS.toNanos(millis), now);
        }
    }

    @Test
    void aTransactionThatBeganBeforeADisturbanceHadEndedIsNotCalm() {
        long[] now = {0};
        Latencies timed = new Latencies(() -> now[0]);
        timed.begin();
        now[0] = 10;
        timed.end();
        now[0] = 20;

        timed.record(9);
        timed.record(10);

        assertEquals(1, timed.take().calmOnes());
    }
}
