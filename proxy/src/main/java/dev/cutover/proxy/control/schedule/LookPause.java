// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.schedule;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How long a database is left alone between two looks for marks: longer, while no tenant has anything to do. */
final class LookPause {
    static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    static final long AFTER_ERROR_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier clock;
    /** When a tenant had something to do the last time. */
    private volatile long activeNanos;

    private long pause = SHORTEST_NANOS;

    /** @param clock as {@link System#nanoTime} */
    LookPause(LongSupplier clock) {
        this.clock = clock;
        this.activeNanos = clock.getAsLong();
    }

    /** A tenant has something to do. Any thread. */
    void active() {
        activeNanos = clock.getAsLong();
    }

    /** The thread that looks has begun. @return how long it pauses */
    long begun() {
        pause = SHORTEST_NANOS;
        return pause;
    }

    /** A look has succeeded. @return the pause after it */
    long looked() {
        pause = clock.getAsLong() - activeNanos < QUIET_NANOS ? SHORTEST_NANOS : Math.min(LONGEST_NANOS, 2 * pause);
        return pause;
    }

    /** A look has failed. @return the pause after it */
    long failed() {
        pause = AFTER_ERROR_NANOS;
        return pause;
    }

    /** The pause stays as it is. */
    long same() {
        return pause;
    }
}
