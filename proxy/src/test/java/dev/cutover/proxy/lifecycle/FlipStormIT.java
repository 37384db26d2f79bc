// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(PostgresExtension.class)
@Tag("slow")
class FlipStormIT {
    private static final String TABLES = """
            CREATE TABLE v1.accounts (id int PRIMARY KEY, balance bigint NOT NULL);
            CREATE TABLE v2.accounts (id int PRIMARY KEY, balance bigint NOT NULL);
            CREATE TABLE v1.entries (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES v1.accounts, amount int);
            CREATE TABLE v2.entries (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES v2.accounts, amount int);
            INSERT INTO v1.accounts SELECT i, 0 FROM generate_series(1, 200) AS i;
            """;

    private static final int CLIENTS = 8;
    private static final int REPEATS = 10;

    @ParameterizedTest
    @CsvSource({"40, 100, INLINE", "10, 20, DEFERRED_IN_ONE_DATABASE", "16, 40, TWO_DATABASES", "10, 20, TWO_SERVERS"})
    void manyFlipsUnderLoadLoseAndDoubleNothing(int some, int many, Layout layout, TestServer server) throws Exception {
        int flips = Extent.of(some, many);
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            Load load = new Load(cutover);
            load.start();

            for (int i = 0; i < flips; i++) {
                move(cutover, load, i % 2 == 0 ? "flip" : "rollback");
                load.awaitProgress();
            }

            load.stop();
            assertEquals(List.of(), List.copyOf(load.errors));
            cutover.run("verify");
            cutover.awaitNoMarks();
            for (String schema : List.of("v1", "v2")) {
                assertEquals(load.expected(), actual(cutover, schema), "balances in " + schema);
                assertEquals(
                        List.of(String.valueOf(load.inserted.get())),
                        cutover.database(schema).query("SELECT count(*) FROM " + schema + ".entries"));
            }
            assertTrue(cutover.planned("mirrored") > 0, "writes are mirrored");
        }
    }

    /** On a busy machine clients write faster than resync carries, and a move is refused. They wait then, as an operator would. */
    private static void move(Lifecycle cutover, Load load, String verb) throws Exception {
        Operation operation = cutover.attempt(verb, VerbRequest.PLAIN);
        for (int i = 0; i < REPEATS && tooManyMarks(operation); i++) {
            load.waitForResync();
            operation = cutover.attempt(verb, VerbRequest.PLAIN);
        }
        assertEquals(Operation.State.SUCCEEDED, operation.state(), operation::message);
    }

    private static boolean tooManyMarks(Operation operation) {
        return operation.state() == Operation.State.REFUSED
                && (operation.message().contains("could not be carried over in time")
                        || operation.message().contains("keys wait to be resynced"));
    }

    private static Map<Integer, Long> actual(Lifecycle cutover, String schema) throws Exception {
        Map<Integer, Long> balances = new ConcurrentHashMap<>();
        for (String row : cutover.database(schema).query("SELECT id || '=' || balance FROM " + schema + ".accounts")) {
            String[] parts = row.split("=");
            if (!parts[1].equals("0")) {
                balances.put(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
            }
        }
        return balances;
    }

    /** Clients that add to balances, by every way a statement can go, and remember what was acknowledged. */
    private static final class Load {
        final Queue<String> errors = new ConcurrentLinkedQueue<>();
        final AtomicLong inserted = new AtomicLong();
        private final Map<Integer, AtomicLong> balances = new ConcurrentHashMap<>();
        private final AtomicInteger done = new AtomicInteger();
        private final List<Thread> threads = new ArrayList<>();
        private final Lifecycle cutover;
        private volatile boolean stopped;
        private volatile boolean held;

        Load(Lifecycle cutover) {
            this.cutover = cutover;
        }

        void start() throws SQLException {
            for (int i = 0; i < CLIENTS; i++) {
                Connection connection = cutover.connect("acme");
                int number = i;
                Thread thread = new Thread(() -> work(connection, number));
                threads.add(thread);
            }
            threads.forEach(Thread::start);
        }

        /** Lets every client get something done on the side that serves now. */
        void awaitProgress() throws Exception {
            int target = done.get() + CLIENTS;
            Eventually.until("progress of the clients", Duration.ofMinutes(1), () -> {
                return done.get() >= target || !errors.isEmpty();
            });
        }

        /** Holds the clients until no mark is left. */
        void waitForResync() throws Exception {
            held = true;
            try {
                cutover.awaitNoMarks();
            } finally {
                release();
            }
        }

        private synchronized void release() {
            held = false;
            notifyAll();
        }

        private synchronized void awaitRelease() throws InterruptedException {
            while (held) {
                wait();
            }
        }

        void stop() throws InterruptedException {
            stopped = true;
            release();
            for (Thread thread : threads) {
                thread.join();
            }
        }

        Map<Integer, Long> expected() {
            Map<Integer, Long> expected = new ConcurrentHashMap<>();
            balances.forEach((id, sum) -> expected.put(id, sum.get()));
            return expected;
        }

        private void work(Connection connection, int number) {
            try (connection) {
                for (int i = 0; !stopped; i++) {
                    // Each client has its own accounts, so that none waits for another's row.
                    int account = 1 + number * 25 + i % 25;
                    switch (i % 3) {
                        case 0 -> add(connection, account, "UPDATE accounts SET balance = balance + 1 WHERE id = ?");
                        case 1 ->
                            add(
                                    connection,
                                    account,
                                    // a writing CTE: left to the net
                                    "WITH a AS (UPDATE accounts SET balance = balance + 1 WHERE id = ? RETURNING 1)"
                                            + " SELECT count(*) FROM a");
                        default -> transaction(connection, account);
                    }
                    done.incrementAndGet();
                    awaitRelease();
                }
            } catch (SQLException e) {
                errors.add(e.getSQLState() + " " + e.getMessage());
            } catch (InterruptedException e) {
                errors.add(e.toString());
            }
        }

        private void add(Connection connection, int account, String sql) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setInt(1, account);
                statement.execute();
            }
            credit(account);
        }

        private void transaction(Connection connection, int account) throws SQLException {
            connection.setAutoCommit(false);
            try (PreparedStatement entry = connection.prepareStatement(
                            "INSERT INTO entries (account, amount) VALUES (?, 1) RETURNING id");
                    PreparedStatement update =
                            connection.prepareStatement("UPDATE accounts SET balance = balance + 1 WHERE id = ?")) {
                entry.setInt(1, account);
                entry.executeQuery().close();
                update.setInt(1, account);
                update.executeUpdate();
                connection.commit();
            } finally {
                connection.setAutoCommit(true);
            }
            inserted.incrementAndGet();
            credit(account);
        }

        private void credit(int account) {
            balances.computeIfAbsent(account, id -> new AtomicLong()).incrementAndGet();
        }
    }
}
