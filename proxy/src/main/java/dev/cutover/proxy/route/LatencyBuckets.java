// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import java.util.function.IntToLongFunction;

/** Latencies in buckets that are an eighth of a doubling wide. */
public final class LatencyBuckets {
    private static final int BITS = 3;
    private static final int PER_DOUBLING = 1 << BITS;
    /** How many there are. */
    public static final int COUNT = 64 * PER_DOUBLING;

    private LatencyBuckets() {}

    /** The bucket of a latency. @param nanos at least 1 */
    static int of(long nanos) {
        int log = 63 - Long.numberOfLeadingZeros(nanos);
        int next = log < BITS ? 0 : (int) (nanos >> (log - BITS)) & (PER_DOUBLING - 1);
        return log * PER_DOUBLING + next;
    }

    /**
     * The 99th percentile, in nanoseconds.
     *
     * @param counts of each bucket
     * @param total of all
     */
    public static double slowest(IntToLongFunction counts, long total) {
        long beyond = total / 100;
        for (int i = COUNT - 1; i > 0; i--) {
            beyond -= counts.applyAsLong(i);
            if (beyond < 0) {
                return Math.pow(2, i / PER_DOUBLING) * (1 + (i % PER_DOUBLING + 0.5) / PER_DOUBLING);
            }
        }
        return 1;
    }
}
