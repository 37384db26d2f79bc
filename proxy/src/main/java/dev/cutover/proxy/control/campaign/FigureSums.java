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

    /** @param more transactions in each of the {@link LatencyBuckets} */
    void add(long moreErrors, Map<Integer, Long> more) {
        errors += moreErrors;
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

    /** Errors for each transaction; 0 if there was none. */
    double errorRate() {
        return transactions == 0 ? 0 : (double) errors / transactions;
    }

    /** The 99th percentile of the transactions' time, in milliseconds. */
    double p99Millis() {
        return LatencyBuckets.slowest(bucket -> latencies.getOrDefault(bucket, 0L), transactions) / 1e6;
    }
}
