// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Transactions and flips on real threads. Without the second read of the flag, some transaction sees two routes. */
final class GateStressTest {
    private static final int THREADS = 4;
    private static final int FLIPS = 20_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Gate gate = new Gate(THREADS);
    private final AtomicBoolean stop = new AtomicBoolean();

    /** What a flip changes and a transaction must see unchanged from its beginning to its end. */
    private volatile long route;

    @AfterEach
    void stopThreads() {
        stop.set(true);
        threads.shutdownNow();
    }

    @Test
    void noTransactionSeesTheRouteChange() throws Exception {
        List<Future<Long>> transactions = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int stripe = i;
            transactions.add(threads.submit(() -> run(stripe)));
        }
        for (int i = 0; i < FLIPS; i++) {
            gate.close();
            assertTrue(gate.awaitDrained(Duration.ofSeconds(30)));
            // As a flip does: between the drain and the new route lies work.
            spin(500);
            route = i;
            gate.open();
        }
        stop.set(true);
        for (Future<Long> each : transactions) {
            assertEquals(0, each.get(), "transactions that saw two routes");
        }
        assertEquals(0, gate.inFlight());
    }

    private long run(int stripe) {
        long torn = 0;
        while (!stop.get()) {
            if (gate.tryEnter(stripe)) {
                long before = route;
                spin(1000);
                if (route != before) {
                    torn++;
                }
                gate.leave(stripe);
            }
        }
        return torn;
    }

    private static void spin(int times) {
        for (int i = 0; i < times; i++) {
            Thread.onSpinWait();
        }
    }

    @Test
    void everyWaiterIsReleased() throws Exception {
        List<Future<?>> waiters = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            waiters.add(threads.submit(() -> {
                for (int n = 0; n < FLIPS / 10; n++) {
                    java.util.concurrent.CountDownLatch released = new java.util.concurrent.CountDownLatch(1);
                    gate.whenOpen(Runnable::run, released::countDown);
                    assertTrue(released.await(30, java.util.concurrent.TimeUnit.SECONDS));
                }
                return null;
            }));
        }
        Future<?> flips = threads.submit(() -> {
            while (!stop.get()) {
                gate.close();
                gate.open();
            }
        });
        for (Future<?> waiter : waiters) {
            waiter.get();
        }
        stop.set(true);
        flips.get();
        assertEquals(0, gate.held());
    }
}
