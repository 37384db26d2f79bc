// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import java.time.Duration;
import java.util.function.LongSupplier;

/** How far resync is behind. Written by one thread at a time, read by any. */
final class Lag {
    private final LongSupplier clock;
    private volatile long oldestNanos;
    private volatile boolean waiting;

    /** @param clock as {@link System#nanoTime} */
    Lag(LongSupplier clock) {
        this.clock = clock;
    }

    /** A step has found marks, the oldest of this age. */
    void found(Duration age) {
        oldestNanos = clock.getAsLong() - age.toNanos();
        waiting = true;
    }

    /** A step has found no mark that was due. */
    void foundNone() {
        waiting = false;
    }

    /** How old the oldest mark is that was due at the last step; zero if none was. Grows while steps fail. */
    Duration now() {
        return waiting ? Duration.ofNanos(clock.getAsLong() - oldestNanos) : Duration.ZERO;
    }
}
