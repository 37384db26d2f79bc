// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * A client of one tenant that inserts facts, and connects again if its proxy dies. What was acknowledged must be there at the end. After
 * each fact it may run other statements, in turn.
 */
final class FactLoad {
    private static final Duration THINK = Duration.ofMillis(20);

    private final TestDatabase app;
    private final String tenant;
    private final IntSupplier port;
    private final Duration think;
    private final List<String> statements;
    private final int atOnce;
    private final Set<Integer> acknowledged = new ConcurrentSkipListSet<>();
    private final Set<Integer> unknown = new ConcurrentSkipListSet<>();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final Thread thread = new Thread(this::live);
    private int last;
    private int next;
    private volatile boolean stopped;

    FactLoad(TestDatabase app, String tenant, IntSupplier port) {
        this(app, tenant, port, THINK, List.of(), 0);
    }

    /**
     * A client with more to do.
     *
     * @param think the pause after each fact
     * @param statements run in turn after each fact
     * @param atOnce how many of them run after each fact
     */
    FactLoad(TestDatabase app, String tenant, IntSupplier port, Duration think, List<String> statements, int atOnce) {
        this.app = app;
        this.tenant = tenant;
        this.port = port;
        this.think = think;
        this.statements = statements;
        this.atOnce = atOnce;
    }

    String tenant() {
        return tenant;
    }

    void start() {
        thread.start();
    }

    private void live() {
        while (!stopped) {
            String url = "jdbc:postgresql://127.0.0.1:" + port.getAsInt() + "/" + tenant;
            try (Connection connection =
                            DriverManager.getConnection(url, app.server().user(), "");
                    PreparedStatement insert = connection.prepareStatement("INSERT INTO facts VALUES (?)");
                    Statement other = connection.createStatement()) {
                while (!stopped) {
                    insert(insert, ++last);
                    for (int i = 0; i < atOnce; i++) {
                        other.execute(statements.get(next++ % statements.size()));
                    }
                    LockSupport.parkNanos(think.toNanos());
                }
            } catch (SQLException e) {
                if (!lost(e)) {
                    errors.add(e.getSQLState() + " " + e.getMessage());
                    return;
                }
                LockSupport.parkNanos(THINK.toNanos());
            }
        }
    }

    private void insert(PreparedStatement insert, int fact) throws SQLException {
        unknown.add(fact);
        insert.setInt(1, fact);
        insert.executeUpdate();
        unknown.remove(fact);
        acknowledged.add(fact);
    }

    /** The proxy has died, or is about to end. */
    private static boolean lost(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("08") || state.equals("57P01");
    }

    void awaitProgress() throws Exception {
        int target = acknowledged.size() + 5;
        Eventually.until("progress of " + tenant, Duration.ofMinutes(1), () -> {
            return !errors.isEmpty() || acknowledged.size() >= target;
        });
        assertEquals(List.of(), List.copyOf(errors), tenant);
    }

    /** Returns when each of them has made progress. */
    static void awaitProgressOfAll(List<FactLoad> loads, Duration patience) throws Exception {
        List<Integer> before =
                loads.stream().map(load -> load.acknowledged.size()).toList();
        for (int i = 0; i < loads.size(); i++) {
            FactLoad load = loads.get(i);
            int target = before.get(i) + 2;
            Eventually.until("progress of " + load.tenant, patience, () -> {
                return !load.errors.isEmpty() || load.acknowledged.size() >= target;
            });
            assertEquals(List.of(), List.copyOf(load.errors), load.tenant);
        }
    }

    void stop() throws InterruptedException {
        stopped = true;
        LockSupport.unpark(thread);
        thread.join();
    }

    /** @param stored the facts that are there */
    void assertAllIn(List<String> stored) {
        Set<Integer> there = new TreeSet<>(
                stored.stream().map(Integer::valueOf).filter(fact -> fact > 0).toList());
        Set<Integer> missing = new TreeSet<>(acknowledged);
        missing.removeAll(there);
        there.removeAll(acknowledged);
        there.removeAll(unknown);

        assertEquals(Set.of(), missing, tenant + " has lost facts");
        assertEquals(Set.of(), there, tenant + " has facts that nobody sent");
    }
}
