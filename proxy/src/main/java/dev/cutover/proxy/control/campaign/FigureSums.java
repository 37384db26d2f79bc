// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.proxy.route.LatencyBuckets;
import java.util.Map;
import java.util.TreeMap;

/** How a tenant's clients fared in some time, at all proxies. Not for several threads. */
final class FigureSums {
    private final Map<Integer, Long> latencies = new TreeMap<>();
    private long transactions;
    private long errors;
    private long readsDiffer;

    /**
     * Counts those of a part of the time.
     *
     * @param more transactions in each of the {@link LatencyBuckets}
     * @param differ compared reads that differed
     */
    void add(long moreErrors, Map<Integer, Long> more, long differ) {
        errors += moreErrors;
        readsDiffer += differ;
        more.forEach((bucket, count) -> {
            latencies.merge(bucket, count, Long::sum);
            transactions += count;
        });
    }

    long transactions() {
        return transactions;
    }

    long errors() {
        return errors;
    }

    /** How many reads that were run on both sides were answered differently. */
    long readsDiffer() {
        return readsDiffer;
    }

    /** Errors for each transaction; 0 if there was none. */
    double errorRate() {
        return transactions == 0 ? 0 : (double) errors / transactions;
    }

    /** The 99th percentile of the transactions' time, in milliseconds. */
    double p99Millis() {
        return LatencyBuckets.slowest(bucket -> latencies.getOrDefault(bucket, 0L), transactions) / 1e6;
    }
}
