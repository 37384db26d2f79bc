// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * How a tenant's clients fare at this proxy: their transactions, how long these take, and the errors that they are told. Taken only while
 * somebody wants to know. For any thread; never blocks.
 */
public final class ClientFigures {
    private final LongAdder errors = new LongAdder();
    private final AtomicLongArray latencies = new AtomicLongArray(LatencyBuckets.COUNT);

    /**
     * What has happened since it was taken last.
     *
     * @param errors the errors that clients were told
     * @param latencies how many transactions lie in each of the {@link LatencyBuckets}; those that are empty are left out
     */
    public record Taken(long errors, Map<Integer, Long> latencies) {
        /** How many transactions have ended. */
        public long transactions() {
            return latencies.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** A transaction has ended. */
    void record(long nanos) {
        latencies.incrementAndGet(LatencyBuckets.of(Math.max(1, nanos)));
    }

    /** A client was told an error. */
    public void error() {
        errors.increment();
    }

    /** Counts from zero again. What happens meanwhile is counted once. */
    public Taken take() {
        Map<Integer, Long> taken = new TreeMap<>();
        for (int i = 0; i < LatencyBuckets.COUNT; i++) {
            long count = latencies.getAndSet(i, 0);
            if (count > 0) {
                taken.put(i, count);
            }
        }
        return new Taken(errors.sumThenReset(), taken);
    }
}
