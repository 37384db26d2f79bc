// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Does something at fixed times, in a thread of its own, while something else is done. */
final class Beside {
    private static final long PATIENCE_SECONDS = 60;

    private Beside() {}

    interface Task {
        void run() throws Exception;
    }

    /**
     * @param period from one beginning to the next one's; what takes longer is followed at once
     * @param task not begun again once it has failed
     */
    static <T> T repeat(Duration period, Task task, Callable<T> work) throws Exception {
        AtomicReference<Exception> failure = new AtomicReference<>();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        timer.scheduleAtFixedRate(
                () -> {
                    try {
                        if (failure.get() == null) {
                            task.run();
                        }
                    } catch (Exception e) {
                        failure.set(e);
                    }
                },
                period.toMillis(),
                period.toMillis(),
                TimeUnit.MILLISECONDS);
        T result;
        try {
            result = work.call();
        } finally {
            timer.shutdown();
        }
        boolean ended = timer.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!ended || failure.get() != null) {
            throw new IOException(ended ? "what was done beside has failed" : "it does not end", failure.get());
        }
        return result;
    }
}
