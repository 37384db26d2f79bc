// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * Clients that survive their proxy. Each adds to accounts of its own; what was acknowledged must be in the tables, and
 * nothing may be there that was neither acknowledged nor cut off in flight.
 */
final class CountingLoad {
    private static final int CLIENTS = 4;
    private static final int ACCOUNTS = 400;
    /** The load need not be heavy: the machine also runs what is tested. */
    private static final Duration THINK = Duration.ofMillis(2);

    private static final long RECONNECT_NANOS = 10_000_000;

    private final TestDatabase app;
    private final IntSupplier port;
    private final int below;
    private final Duration think;
    private final Set<String> expected;
    private final AtomicLongArray acknowledged = new AtomicLongArray(ACCOUNTS + 1);
    private final AtomicLongArray unknown = new AtomicLongArray(ACCOUNTS + 1);
    private final AtomicLong done = new AtomicLong();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    CountingLoad(TestDatabase app, IntSupplier port) {
        this(app, port, 0, THINK, Set.of());
    }

    /**
     * One of several loads on the same tables.
     *
     * @param below its accounts are the {@value #ACCOUNTS} after this one
     * @param think how long each client waits between two transactions
     * @param expected beginnings of SQLSTATEs after which a client connects again, beside those of lost connections
     */
    CountingLoad(TestDatabase app, IntSupplier port, int below, Duration think, Set<String> expected) {
        this.app = app;
        this.port = port;
        this.below = below;
        this.think = think;
        this.expected = expected;
    }

    void start() {
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            Thread thread = new Thread(() -> live(number));
            threads.add(thread);
            thread.start();
        }
    }

    void awaitProgress() throws Exception {
        long target = done.get() + 20;
        Eventually.until("progress of the clients", Duration.ofMinutes(1), () -> {
            return stopped || done.get() >= target || !errors.isEmpty();
        });
        assertEquals(List.of(), List.copyOf(errors));
    }

    void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** How many transactions were acknowledged. */
    long acknowledgedAll() {
        long all = 0;
        for (int account = 1; account <= ACCOUNTS; account++) {
            all += acknowledged.get(account);
        }
        return all;
    }

    void assertNothingLostIn(TestDatabase database, String schema) throws SQLException {
        assertEquals(List.of(), List.copyOf(errors));
        for (String row : database.query("SELECT id || ' ' || balance || ' ' || (SELECT count(*) FROM " + schema
                + ".entries WHERE account = a.id) FROM " + schema + ".accounts AS a WHERE id > " + below + " AND id <= "
                + (below + ACCOUNTS))) {
            String[] parts = row.split(" ");
            int account = Integer.parseInt(parts[0]) - below;
            long balance = Long.parseLong(parts[1]);
            long least = acknowledged.get(account);
            assertTrue(
                    balance >= least && balance <= least + unknown.get(account),
                    () -> schema + " account " + account + " has " + balance + ", acknowledged " + least + ", unknown "
                            + unknown.get(account));
            assertEquals(balance, Long.parseLong(parts[2]), "entries and balance are written in one transaction");
        }
        assertTrue(done.get() > 0);
    }

    private void live(int number) {
        for (int i = 0; !stopped; ) {
            try (Connection connection = DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:" + port.getAsInt() + "/acme",
                    app.server().user(),
                    app.server().password())) {
                connection.setAutoCommit(false);
                while (!stopped) {
                    add(connection, 1 + number * (ACCOUNTS / CLIENTS) + i++ % (ACCOUNTS / CLIENTS));
                    LockSupport.parkNanos(think.toNanos());
                }
            } catch (SQLException e) {
                // The connection class of states is what a killed proxy looks like; nothing else is expected.
                if (!lost(String.valueOf(e.getSQLState()))) {
                    errors.add(e.getSQLState() + " " + e.getMessage());
                    return;
                }
                LockSupport.parkNanos(RECONNECT_NANOS);
            }
        }
    }

    private boolean lost(String state) {
        return state.startsWith("08") || expected.stream().anyMatch(state::startsWith);
    }

    private void add(Connection connection, int account) throws SQLException {
        try (PreparedStatement update =
                        connection.prepareStatement("UPDATE accounts SET balance = balance + 1 WHERE id = ?");
                PreparedStatement insert = connection.prepareStatement("INSERT INTO entries (account) VALUES (?)")) {
            update.setInt(1, below + account);
            update.executeUpdate();
            insert.setInt(1, below + account);
            insert.executeUpdate();
            unknown.incrementAndGet(account);
            connection.commit();
            unknown.decrementAndGet(account);
            acknowledged.incrementAndGet(account);
            done.incrementAndGet();
        }
    }
}
