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
    private static final int BITS = 3;
    private static final int PER_DOUBLING = 1 << BITS;
    private static final int BUCKETS = 64 * PER_DOUBLING;
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
        int bucket = bucket(Math.max(1, took));
        all.addAndGet(bucket, WEIGHT);
        if (!disturbed) {
            calm.addAndGet(bucket, WEIGHT);
        }
    }

    private static int bucket(long nanos) {
        int log = 63 - Long.numberOfLeadingZeros(nanos);
        int next = log < BITS ? 0 : (int) (nanos >> (log - BITS)) & (PER_DOUBLING - 1);
        return log * PER_DOUBLING + next;
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
        double slowdown = transactions == 0 || calmOnes == 0 ? 1 : slowest(all, transactions) / slowest(calm, calmOnes);
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

    /** The 99th percentile, in nanoseconds. */
    private static double slowest(AtomicLongArray counts, long total) {
        long beyond = total / 100;
        for (int i = BUCKETS - 1; i > 0; i--) {
            beyond -= counts.get(i);
            if (beyond < 0) {
                return Math.pow(2, i / PER_DOUBLING) * (1 + (i % PER_DOUBLING + 0.5) / PER_DOUBLING);
            }
        }
        return 1;
    }
}
