// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** How long statements took, told apart by whether a flip was under way while they ran. */
final class ClientLatencies {
    private static final long HIGHEST_NANOS = 60_000_000_000L;

    private final Histogram inside = new ConcurrentHistogram(HIGHEST_NANOS, 3);
    private final Histogram outside = new ConcurrentHistogram(HIGHEST_NANOS, 3);
    private final AtomicInteger flips = new AtomicInteger();

    /** A flip begins; close the result when it has ended. */
    Flip flip() {
        flips.incrementAndGet();
        return flips::decrementAndGet;
    }

    /** Ends what {@link #flip} began. */
    interface Flip extends AutoCloseable {
        @Override
        void close();
    }

    boolean flipping() {
        return flips.get() > 0;
    }

    void record(long nanos, boolean duringFlip) {
        (duringFlip ? inside : outside).recordValue(Math.min(nanos, HIGHEST_NANOS));
    }

    Percentiles insideFlips() {
        return Percentiles.of(inside);
    }

    Percentiles outsideFlips() {
        return Percentiles.of(outside);
    }

    Percentiles all() {
        Histogram all = inside.copy();
        all.add(outside);
        return Percentiles.of(all);
    }

    /** In milliseconds. */
    record Percentiles(long count, double p50, double p99, double max) {
        static Percentiles of(Histogram histogram) {
            return new Percentiles(
                    histogram.getTotalCount(),
                    millis(histogram.getValueAtPercentile(50)),
                    millis(histogram.getValueAtPercentile(99)),
                    millis(histogram.getMaxValue()));
        }

        private static double millis(long nanos) {
            return Math.round(nanos / 1e3) / 1e3;
        }

        @Override
        public String toString() {
            return String.format(
                    java.util.Locale.ROOT,
                    "p50 %.2f ms, p99 %.2f ms, max %.1f ms (%,d statements)",
                    p50,
                    p99,
                    max,
                    count);
        }
    }
}
