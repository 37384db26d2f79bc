// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for a condition until a deadline. */
public final class Eventually {
    private static final Duration PAUSE = Duration.ofMillis(2);

    private Eventually() {}

    /** What is waited for. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /**
     * Returns when the condition holds.
     *
     * @param what for the message of the error
     * @param patience how long the condition may take to hold
     * @throws AssertionError when the deadline has passed
     */
    public static void until(String what, Duration patience, Condition condition) throws Exception {
        until(what, patience, PAUSE, condition);
    }

    /**
     * Returns when a condition holds that costs something to look at.
     *
     * @param pause the time between two looks
     */
    public static void until(String what, Duration patience, Duration pause, Condition condition) throws Exception {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + patience + ": " + what);
            }
            LockSupport.parkNanos(pause.toNanos());
        }
    }
}
