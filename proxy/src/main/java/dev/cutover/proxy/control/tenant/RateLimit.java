// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import java.util.function.LongSupplier;

/** Keeps the rows of a backfill or verification to a number each second. Not safe for use by many threads. */
final class RateLimit {
    private static final long SECOND_NANOS = 1_000_000_000;

    private final LongSupplier clock;
    private long next;

    /** @param clock as {@link System#nanoTime} */
    RateLimit(LongSupplier clock) {
        this.clock = clock;
        this.next = clock.getAsLong();
    }

    /** Whether the next chunk must wait. */
    boolean holds() {
        return next - clock.getAsLong() > 0;
    }

    /**
     * A chunk has passed.
     *
     * @param took how long it has taken, which counts as time for its rows
     * @param limit rows in a second; 0 for no limit
     */
    void passed(long rows, long took, int limit) {
        if (limit > 0) {
            long began = clock.getAsLong() - took;
            next = (next - began > 0 ? next : began) + rows * SECOND_NANOS / limit;
        }
    }
}
