// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.worker;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Threads that share one piece of work, and the calling thread, which watches them. */
public final class Workers {
    private static final long LOOK_MILLIS = 100;

    private Workers() {}

    /**
     * Runs workers until all have ended.
     *
     * @param worker makes one; it ends soon once it is stopped
     * @param cancelled is asked several times a second, by the calling thread
     * @param stop tells the workers to end: because of {@code cancelled}, or since one of them has failed
     * @throws SQLException the first failure
     */
    public static void run(
            int count, String name, Supplier<Callable<?>> worker, BooleanSupplier cancelled, Runnable stop)
            throws SQLException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(count, task -> new BackgroundThread(task, name));
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Callable<?> one = worker.get();
                running.add(threads.submit(() -> {
                    try {
                        return one.call();
                    } catch (SQLException | RuntimeException | Error e) {
                        stop.run();
                        throw e;
                    }
                }));
            }
            threads.shutdown();
            while (!threads.awaitTermination(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                if (cancelled.getAsBoolean()) {
                    stop.run();
                }
            }
            for (Future<?> one : running) {
                result(one);
            }
        } finally {
            stop.run();
            threads.shutdownNow();
        }
    }

    private static void result(Future<?> worker) throws SQLException, InterruptedException {
        try {
            worker.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException failed) {
                throw failed;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
