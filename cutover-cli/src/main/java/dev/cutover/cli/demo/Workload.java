// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import dev.cutover.cli.demo.ShopWorker.Call;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** A tenant's application: some connections that act without pause until they are stopped. */
final class Workload implements AutoCloseable {
    private static final long THINK_NANOS = 2_000_000;

    private final AcknowledgedFacts ledger = new AcknowledgedFacts();
    private final LongAdder statements = new LongAdder();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final ClientLatencies latencies;
    private volatile boolean stopped;

    Workload(ClientLatencies latencies) {
        this.latencies = latencies;
    }

    void start(Sandbox sandbox, String tenant, int workers) throws SQLException {
        for (int i = 0; i < workers; i++) {
            Connection connection = sandbox.connect(tenant);
            ShopWorker worker = new ShopWorker(connection, ledger, this::time, i, workers);
            Thread thread = new Thread(() -> work(connection, worker), tenant + "-" + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    private <T> T time(Call<T> call) throws SQLException {
        boolean before = latencies.flipping();
        long begin = System.nanoTime();
        T result = call.run();
        latencies.record(System.nanoTime() - begin, before || latencies.flipping());
        statements.increment();
        return result;
    }

    private void work(Connection connection, ShopWorker worker) {
        try (connection) {
            while (!stopped) {
                try {
                    worker.act();
                } catch (SQLException e) {
                    errors.add(Thread.currentThread().getName() + ": " + e.getSQLState() + " " + e.getMessage());
                    if (!connection.isValid(1)) {
                        return;
                    }
                }
                LockSupport.parkNanos(THINK_NANOS);
            }
        } catch (SQLException e) {
            errors.add(Thread.currentThread().getName() + ": closing: " + e.getMessage());
        }
    }

    AcknowledgedFacts ledger() {
        return ledger;
    }

    long statements() {
        return statements.sum();
    }

    List<String> errors() {
        return List.copyOf(errors);
    }

    /** Lets every connection finish what it does. */
    @Override
    public void close() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
