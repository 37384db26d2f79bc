// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * How long a tenant's transactions take, told apart by whether something else was running beside them. Taken only while
 * somebody wants to know. For any thread; never blocks.
 *
 * <p>Counts lie in buckets an eighth of a doubling wide. They can be halved, so that what was long ago counts for little.
 */
public final class Latencies {
    private static final int BUCKETS = LatencyBuckets.COUNT;
    /** What one transaction counts at first, so that a single slow one is not rounded away when counts are halved. */
    private static final int WEIGHT = 64;
    /** So many calm ones are worth keeping. */
    private static final long KEPT = 1_000;
    /** So many tell how clients are; of a tenant with few a second, those of a longer time. */
    private static final long RECENT = 400;

    private final AtomicLongArray calm = new AtomicLongArray(BUCKETS);
    private final AtomicLongArray all = new AtomicLongArray(BUCKETS);
    private final AtomicInteger atWork = new AtomicInteger();
    private volatile boolean recorded;
    private long before;
    private final LongSupplier clock;
    private volatile long lastEnd;

    public Latencies() {
        this(System::nanoTime);
    }

    Latencies(LongSupplier clock) {
        this.clock = clock;
        this.lastEnd = clock.getAsLong() - Long.MAX_VALUE / 2;
    }

    /** Something begins that transactions may suffer from. */
    public void begin() {
        atWork.incrementAndGet();
    }

    /** It has ended. */
    public void end() {
        lastEnd = clock.getAsLong();
        atWork.decrementAndGet();
    }

    /** Whether anything was recorded yet. */
    public boolean any() {
        return recorded;
    }

    /** A transaction has ended that began at that time, by {@link System#nanoTime}. */
    public void record(long began) {
        record(began, clock.getAsLong());
    }

    void record(long began, long ended) {
        long took = ended - began;
        boolean disturbed = atWork.get() > 0 || lastEnd - began > 0;
        recorded = true;
        int bucket = LatencyBuckets.of(Math.max(1, took));
        all.addAndGet(bucket, WEIGHT);
        if (!disturbed) {
            calm.addAndGet(bucket, WEIGHT);
        }
    }

    /**
     * What was recorded of late.
     *
     * @param transactions how many
     * @param calmOnes those that nothing was running beside, in a longer time if there are few
     * @param slowdown how many times as long the slowest hundredth of all took as that of the calm ones; 1 if there are none
     */
    public record View(long transactions, long calmOnes, double slowdown) {}

    /** What was recorded; what it rests on counts for half from then on, if there was enough or nothing new. Not for several threads. */
    public View take() {
        long transactions = total(all);
        long calmOnes = total(calm);
        double slowdown = transactions == 0 || calmOnes == 0
                ? 1
                : LatencyBuckets.slowest(all::get, transactions) / LatencyBuckets.slowest(calm::get, calmOnes);
        if (transactions > RECENT * WEIGHT || transactions <= before) {
            halve(all);
        }
        before = total(all);
        if (calmOnes > KEPT * WEIGHT) {
            halve(calm);
        }
        return new View(transactions / WEIGHT, calmOnes / WEIGHT, slowdown);
    }

    private static long total(AtomicLongArray counts) {
        long total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            total += counts.get(i);
        }
        return total;
    }

    private static void halve(AtomicLongArray counts) {
        for (int i = 0; i < BUCKETS; i++) {
            counts.addAndGet(i, -(counts.get(i) + 1) / 2);
        }
    }
}
