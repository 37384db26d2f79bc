// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Fifty clients of {@code acme}: innocents, which count and must see no error, and five kinds of those that make trouble. */
final class ChaosClients implements AutoCloseable {
    static final String TABLES = """
            CREATE TABLE v1.counter (id int PRIMARY KEY, n bigint NOT NULL);
            CREATE TABLE v2.counter (id int PRIMARY KEY, n bigint NOT NULL);
            INSERT INTO v1.counter SELECT i, 0 FROM generate_series(1, 50) AS i;
            """;

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String CANCELLED = "57014";
    private static final String TERMINATED = "57P01";

    private enum Kind {
        INNOCENT(20),
        CANCELS(8),
        ENDS_ITS_BACKEND(6),
        RESETS_IN_A_RESULT(6),
        RESETS_IN_A_TRANSACTION(4),
        TIMES_OUT(6);

        private final int clients;

        Kind(int clients) {
            this.clients = clients;
        }
    }

    private final Lifecycle cutover;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> clients = new ArrayList<>();
    private final Queue<String> errors = new ConcurrentLinkedQueue<>();
    private final Map<Kind, AtomicLong> done = new EnumMap<>(Kind.class);
    private volatile boolean stopped;

    private ChaosClients(Lifecycle cutover) {
        this.cutover = cutover;
        for (Kind kind : Kind.values()) {
            done.put(kind, new AtomicLong());
        }
    }

    static ChaosClients start(Lifecycle cutover) {
        ChaosClients all = new ChaosClients(cutover);
        int number = 0;
        for (Kind kind : Kind.values()) {
            for (int i = 0; i < kind.clients; i++) {
                int own = ++number;
                all.clients.add(all.threads.submit(() -> all.work(kind, own)));
            }
        }
        return all;
    }

    /** What no client should have seen. */
    List<String> errors() {
        return List.copyOf(errors);
    }

    /** How much the innocents have added and got acknowledged. */
    long counted() {
        return done.get(Kind.INNOCENT).get();
    }

    /** Waits until the innocents have got something done since it was called. */
    void awaitProgress() throws Exception {
        long target = counted() + Kind.INNOCENT.clients;
        Eventually.until("progress", PATIENCE, () -> counted() >= target || !errors.isEmpty());
    }

    void stop() throws Exception {
        stopped = true;
        for (Future<?> client : clients) {
            client.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    void assertAllMadeTrouble() {
        done.forEach((kind, times) -> assertTrue(times.get() > 0, kind + " did nothing"));
    }

    private void work(Kind kind, int number) {
        while (!stopped) {
            try {
                switch (kind) {
                    case INNOCENT -> count(number);
                    case CANCELS -> cancel();
                    case ENDS_ITS_BACKEND -> endTheBackend();
                    case RESETS_IN_A_RESULT -> resetInAResult();
                    case RESETS_IN_A_TRANSACTION -> resetInATransaction(number);
                    case TIMES_OUT -> timeOut();
                }
            } catch (SQLException e) {
                errors.add(kind + ": " + e.getSQLState() + " " + e.getMessage());
            } catch (IOException e) {
                errors.add(kind + ": " + e);
            }
        }
    }

    private void count(int number) throws SQLException {
        try (Connection connection = cutover.connect("acme");
                PreparedStatement update = connection.prepareStatement("UPDATE counter SET n = n + 1 WHERE id = ?")) {
            update.setInt(1, number);
            for (int i = 0; i < 100 && !stopped; i++) {
                boolean block = i % 3 == 0;
                connection.setAutoCommit(!block);
                int rows = update.executeUpdate();
                if (block) {
                    connection.commit();
                }
                if (rows != 1) {
                    errors.add("an update of " + rows + " rows");
                }
                done.get(Kind.INNOCENT).incrementAndGet();
            }
        }
    }

    private void cancel() throws SQLException {
        try (Connection connection = cutover.connect("acme");
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < 20 && !stopped; i++) {
                Future<?> cancel = threads.submit(() -> {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(3));
                    statement.cancel();
                    return null;
                });
                expect(Kind.CANCELS, Set.of(CANCELLED), () -> statement.execute("SELECT pg_sleep(0.005)"));
                cancel.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (InterruptedException
                | java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException e) {
            errors.add("a cancel request: " + e);
        }
    }

    private void endTheBackend() throws SQLException {
        try (Connection connection = cutover.connect("acme");
                Statement statement = connection.createStatement()) {
            expect(
                    Kind.ENDS_ITS_BACKEND,
                    Set.of(TERMINATED),
                    () -> statement.execute("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(1)"));
        }
    }

    private void timeOut() throws SQLException {
        try (Connection connection = cutover.connect("acme");
                Statement statement = connection.createStatement()) {
            statement.execute("SET statement_timeout = 2");
            for (int i = 0; i < 20 && !stopped; i++) {
                expect(Kind.TIMES_OUT, Set.of(CANCELLED), () -> statement.execute("SELECT pg_sleep(1)"));
            }
        }
    }

    private void resetInAResult() throws IOException {
        try (RawClient client = login()) {
            client.query("SELECT repeat('x', 1000) FROM generate_series(1, 5000)");
            for (int i = 0; i < 50; i++) {
                RawClient.Message message = client.read();
                if (message.type() == 'E') {
                    errors.add("an error in a result: " + RawClient.field(message, 'C') + " "
                            + RawClient.field(message, 'M'));
                }
            }
            done.get(Kind.RESETS_IN_A_RESULT).incrementAndGet();
        }
    }

    private void resetInATransaction(int number) throws IOException {
        try (RawClient client = login()) {
            client.query("BEGIN").untilReady();
            client.query("UPDATE counter SET n = n + 1000000 WHERE id = " + number)
                    .untilReady();
            client.query("SELECT repeat('x', 1000) FROM generate_series(1, 1000)");
            done.get(Kind.RESETS_IN_A_TRANSACTION).incrementAndGet();
        }
    }

    private RawClient login() throws IOException {
        return RawClient.login(cutover.port(), cutover.app().server().user(), "acme");
    }

    private interface Work {
        void run() throws SQLException;
    }

    /** Runs something that may fail with these states only, and counts the failures. */
    private void expect(Kind kind, Set<String> states, Work work) throws SQLException {
        try {
            work.run();
        } catch (SQLException e) {
            if (!states.contains(e.getSQLState())) {
                throw e;
            }
            done.get(kind).incrementAndGet();
        }
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdown();
    }
}
