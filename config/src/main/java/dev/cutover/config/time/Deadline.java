// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.time;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A time by which something that is waited for must have happened. The clock of the machine may be set meanwhile. */
public final class Deadline {
    private final LongSupplier nanos;
    private final long end;

    private Deadline(LongSupplier nanos, Duration patience) {
        this.nanos = nanos;
        this.end = nanos.getAsLong() + patience.toNanos();
    }

    /** The time after so much patience, from now on. */
    public static Deadline after(Duration patience) {
        return new Deadline(System::nanoTime, patience);
    }

    /** @param nanos the clock, as {@link System#nanoTime} */
    public static Deadline after(Duration patience, LongSupplier nanos) {
        return new Deadline(nanos, patience);
    }

    /** Whether the time has come. */
    public boolean passed() {
        return nanosLeft() <= 0;
    }

    /** Zero or less once it has passed. */
    public long nanosLeft() {
        return end - nanos.getAsLong();
    }

    /** For {@link Object#wait(long)}, which takes 0 for no limit: at least 1 until it has passed, then zero or less. */
    public long millisLeft() {
        long left = nanosLeft();
        return left <= 0 ? left : Math.max(1, TimeUnit.NANOSECONDS.toMillis(left));
    }
}
