// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.Extent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;

/**
 * Runs a scenario once for each of many orders in which its threads can take their steps. Lincheck chooses the orders, and switches
 * threads at reads and writes of shared memory.
 *
 * <p>The clock stands still, so a timed wait does not time out: an order in which a thread is never woken hangs. Waits must
 * be short all the same ({@link #WAIT}). Lincheck sometimes gives an order up, and then its threads wait in real time.
 *
 * <p>A scenario creates what it tests with {@code new} in its own code. Lincheck does not look into the classes of objects that come
 * out of a lambda or a method reference.
 */
public final class Interleavings {
    /** How long a timed wait of a scenario is. */
    public static final Duration WAIT = Duration.ofMillis(20);

    /** In the report of an order in which no thread is ever woken. */
    public static final String NOBODY_PROCEEDS = "All unfinished threads are in";

    private static final int ORDERS = Extent.of(50, 500);
    /** A planted mistake is found within a few dozen orders. */
    private static final int ORDERS_TO_FIND = 500;

    private static final int ATTEMPTS = 5;

    private Interleavings() {}

    /** What one thread does. */
    @FunctionalInterface
    public interface Step {
        void run() throws Exception;
    }

    /** Asserts that the scenario fails in no order. */
    public static void holdInEachOrder(Runnable scenario) {
        explore(ORDERS, scenario);
    }

    /** Asserts that there is an order in which the scenario fails. @param symptom what the report says of it */
    public static void failInSomeOrder(String symptom, Runnable scenario) {
        AssertionError report = assertThrows(AssertionError.class, () -> explore(ORDERS_TO_FIND, scenario));

        assertTrue(report.getMessage().contains(symptom), report.getMessage());
    }

    /** On a busy machine the first order may outlast Lincheck's limit of 30 s, since classes are instrumented meanwhile. */
    private static void explore(int orders, Runnable scenario) {
        for (int attempt = 1; ; attempt++) {
            try {
                Lincheck.runConcurrentTest(orders, scenario);
                return;
            } catch (LincheckAssertionError e) {
                if (attempt == ATTEMPTS || !ranOutOfTime(e.getMessage())) {
                    throw e;
                }
            }
        }
    }

    private static boolean ranOutOfTime(String report) {
        return report.contains("has hung") && !report.contains(NOBODY_PROCEEDS);
    }

    /** Runs each step on a thread of its own, and returns when all have ended. */
    public static void together(Step... steps) {
        List<Thread> threads = new ArrayList<>();
        Throwable[] failures = new Throwable[steps.length];
        for (int i = 0; i < steps.length; i++) {
            int number = i;
            threads.add(new Thread(() -> {
                try {
                    steps[number].run();
                } catch (Throwable e) {
                    failures[number] = e;
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            join(thread);
        }
        for (Throwable failure : failures) {
            if (failure != null) {
                throw new AssertionError(failure.toString(), failure);
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
