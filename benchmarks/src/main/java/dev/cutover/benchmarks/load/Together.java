// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/** Several pgbench at once. */
final class Together {
    private Together() {}

    /** Starts all, and waits for all. @return what they return, in their order */
    static <T> List<T> all(List<Callable<T>> parts) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(parts.size());
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> part : threads.invokeAll(parts)) {
                results.add(part.get());
            }
            return results;
        } finally {
            threads.shutdown();
        }
    }

    /**
     * One client for each of some contenders, which are one process; counted as one run.
     *
     * <p>Clients that prepare statements of a tenant that flips come like this, and not as one pgbench: that waits for a statement
     * that one client prepares while the transactions of the others are open, and a hold lets nobody prepare who is in none.
     *
     * @param rate of all together
     */
    static Pgbench.Run run(List<Contender> contenders, double seconds, double rate, List<String> options)
            throws Exception {
        List<Callable<Pgbench.Run>> parts = new ArrayList<>();
        for (Contender contender : contenders) {
            parts.add(() -> Pgbench.run(contender, 1, seconds, rate / contenders.size(), options));
        }
        return sum(all(parts));
    }

    /** Each has seen the CPU time that the process has used for all. */
    private static Pgbench.Run sum(List<Pgbench.Run> runs) {
        Histogram latency = new Histogram(Pgbench.LONGEST_MICROS, 3);
        double tps = 0;
        double cpuMicros = 0;
        long residentKib = 0;
        for (Pgbench.Run run : runs) {
            latency.add(run.latency());
            tps += run.tps();
            cpuMicros += run.cpuMicrosPerTransaction() * run.transactions() / runs.size();
            residentKib = Math.max(residentKib, run.residentKib());
        }
        long transactions = latency.getTotalCount();
        return new Pgbench.Run(tps, transactions, latency, cpuMicros / Math.max(1, transactions), residentKib);
    }
}
