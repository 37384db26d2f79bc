// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A branch's application, which speaks both schema versions: it places orders until it is stopped. */
final class BranchClient {
    private static final long THINK_MILLIS = 10;

    private final Sandbox sandbox;
    private final String tenant;
    private final AtomicLong orders = new AtomicLong();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final Thread thread = new Thread(this::run);
    private volatile boolean stopped;

    BranchClient(Sandbox sandbox, String tenant) {
        this.sandbox = sandbox;
        this.tenant = tenant;
    }

    String tenant() {
        return tenant;
    }

    void start() {
        thread.start();
    }

    private void run() {
        try (Connection connection = sandbox.connect(tenant);
                PreparedStatement order =
                        connection.prepareStatement("INSERT INTO orders (customer_id, total_cents) VALUES (?, 100)")) {
            while (!stopped) {
                order.setLong(1, 1 + orders.get() % 100);
                order.executeUpdate();
                orders.incrementAndGet();
                TimeUnit.MILLISECONDS.sleep(THINK_MILLIS);
            }
        } catch (SQLException e) {
            errors.add(tenant + ": " + e.getSQLState() + " " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void stop() throws InterruptedException {
        stopped = true;
        thread.join();
    }

    /** How many it was told of. */
    long orders() {
        return orders.get();
    }

    List<String> errors() {
        return List.copyOf(errors);
    }
}
