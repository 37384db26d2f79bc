// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.wire.Transport;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that cancel short statements all the time, beside clients that never cancel, on few connections to the server. */
@ExtendWith(PostgresExtension.class)
final class LateCancelsIT {
    private static final int CANCELLERS = 6;
    private static final int INNOCENTS = 6;
    private static final int CANCELS = 150;
    private static final String CANCELLED = "57014";

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
        System.clearProperty(Transport.PROPERTY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void hitNobodyElse(String transport, TestDatabase database) throws Exception {
        System.setProperty(Transport.PROPERTY, transport);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicInteger cancelled = new AtomicInteger();
        try (ProxyFixture proxy = ProxyFixture.start(database, 4, Planners.unmirrored())) {
            String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + ProxyFixture.TENANT;
            List<Future<List<String>>> innocents = new ArrayList<>();
            for (int i = 0; i < INNOCENTS; i++) {
                innocents.add(
                        threads.submit(() -> innocent(url, database.server().user(), ended)));
            }
            List<Future<Void>> cancellers = new ArrayList<>();
            for (int i = 0; i < CANCELLERS; i++) {
                cancellers.add(threads.submit(canceller(url, database.server().user(), cancelled)));
            }
            for (Future<Void> canceller : cancellers) {
                canceller.get(2, TimeUnit.MINUTES);
            }
            ended.set(true);

            for (Future<List<String>> innocent : innocents) {
                assertEquals(List.of(), innocent.get(1, TimeUnit.MINUTES));
            }
        }
        assertTrue(cancelled.get() > 0, "some statements were cancelled");
    }

    /** @return what went wrong */
    private static List<String> innocent(String url, String user, AtomicBoolean ended) throws SQLException {
        List<String> errors = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url, user, "");
                Statement statement = connection.createStatement()) {
            while (!ended.get()) {
                try {
                    statement.execute("SELECT pg_sleep(0.002)");
                } catch (SQLException e) {
                    errors.add(e.getSQLState() + " " + e.getMessage());
                }
            }
        }
        return errors;
    }

    private Callable<Void> canceller(String url, String user, AtomicInteger cancelled) {
        return () -> {
            try (Connection connection = DriverManager.getConnection(url, user, "")) {
                for (int i = 0; i < CANCELS; i++) {
                    try (Statement statement = connection.createStatement()) {
                        Future<?> cancel = threads.submit(() -> {
                            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(4));
                            statement.cancel();
                            return null;
                        });
                        try {
                            statement.execute("SELECT pg_sleep(0.005)");
                        } catch (SQLException e) {
                            assertEquals(CANCELLED, e.getSQLState());
                            cancelled.incrementAndGet();
                        }
                        cancel.get(1, TimeUnit.MINUTES);
                    }
                }
            }
            return null;
        };
    }
}
