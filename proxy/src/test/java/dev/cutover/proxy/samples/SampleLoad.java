// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.testing.Eventually;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that do a sample's steps, at random, until they are stopped. None may see an error. */
final class SampleLoad {
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final AtomicLong done = new AtomicLong();
    private final List<Client> clients = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    /** One thing that a client does: a statement that commits by itself, or a block. */
    @FunctionalInterface
    interface Step {
        void run(Client client) throws SQLException;
    }

    /** @param connections one for each client */
    void start(List<Connection> connections, List<Step> steps) {
        for (int i = 0; i < connections.size(); i++) {
            Random random = new Random(42L + i);
            Client client = new Client(connections.get(i), random, 1 + i);
            Connection connection = connections.get(i);
            clients.add(client);
            Thread thread = new Thread(() -> live(client, connection, steps, random));
            threads.add(thread);
            thread.start();
        }
    }

    private void live(Client client, Connection connection, List<Step> steps, Random random) {
        int step = 0;
        try (connection) {
            while (!stopped) {
                step = random.nextInt(steps.size());
                steps.get(step).run(client);
                client.committed();
                done.incrementAndGet();
            }
        } catch (SQLException e) {
            errors.add("step " + step + ": " + e.getSQLState() + " " + e.getMessage());
        }
    }

    /** Waits until the clients have done so many steps more. */
    void awaitSteps(long steps) throws Exception {
        long target = done.get() + steps;
        Eventually.until(steps + " more steps of the clients", Duration.ofMinutes(2), () -> {
            return done.get() >= target || !errors.isEmpty();
        });
        assertEquals(List.of(), List.copyOf(errors));
    }

    /** @return how many rows the clients have added to each table, less those that they deleted */
    Map<String, Long> stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(errors));
        Map<String, Long> rows = new TreeMap<>();
        clients.forEach(client -> client.rows().forEach((table, count) -> rows.merge(table, count, Long::sum)));
        return rows;
    }
}
