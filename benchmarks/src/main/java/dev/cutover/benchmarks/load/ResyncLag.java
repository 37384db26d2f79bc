// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** How far the idle side is behind, as a tenant's status tells it every ten milliseconds. */
final class ResyncLag {
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST_MILLIS = 3_600_000;

    private final Admin admin;
    private final String tenant;
    private final Histogram oldestMillis = new Histogram(LONGEST_MILLIS, 3);
    private long mostPending;
    private volatile boolean ended;

    private ResyncLag(Admin admin, String tenant) {
        this.admin = admin;
        this.tenant = tenant;
    }

    interface Work {
        void run() throws Exception;
    }

    /** Watches while the work continues. */
    static ResyncLag during(Admin admin, String tenant, Work work) throws Exception {
        ResyncLag lag = new ResyncLag(admin, tenant);
        CompletableFuture<Void> watch = CompletableFuture.runAsync(lag::watch);
        try {
            work.run();
        } finally {
            lag.ended = true;
        }
        watch.join();
        return lag;
    }

    /** Ages of the oldest mark, 0 where there was none. */
    Histogram oldestMillis() {
        return oldestMillis;
    }

    long mostPending() {
        return mostPending;
    }

    /** An answer that came late counts for all that were due meanwhile. */
    private void watch() {
        long due = System.nanoTime();
        while (!ended) {
            JsonNode marks = marks();
            mostPending = Math.max(mostPending, marks.get("pending").longValue());
            do {
                oldestMillis.recordValue(
                        Math.min(LONGEST_MILLIS, marks.get("oldestMillis").longValue()));
                due += INTERVAL_NANOS;
            } while (System.nanoTime() - due > 0);
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    private JsonNode marks() {
        try {
            return admin.status(tenant).get("marks");
        } catch (IOException e) {
            throw new CompletionException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }
}
