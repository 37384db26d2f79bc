// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.maintenance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.worker.BackgroundThread;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReservationsTest {
    private static final long DEADLINE_SECONDS = 60;

    private final Reservations reservations = new Reservations(Duration.ofSeconds(30));
    private final AtomicInteger open = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void tearDown() {
        threads.shutdownNow();
    }

    @Test
    void threadsThatNestConnectionsAllGetOn() throws Exception {
        MaintenanceDatabase database = database("app", reservations);
        CountDownLatch all = new CountDownLatch(Use.OPERATION.places());
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < 4 * Use.OPERATION.places(); i++) {
            running.add(threads.submit(() -> {
                try (Connection first = database.getConnection()) {
                    // As many as there are places have a connection before any asks for its second.
                    all.countDown();
                    assertTrue(all.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
                    try (Connection second = database.getConnection();
                            Connection third = database.getConnection()) {
                        assertEquals(false, first == second || second == third);
                    }
                }
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        }
        assertEquals(0, open.get());
    }

    @Test
    void threadsThatCrossTwoDatabasesInBothDirectionsAllGetOn() throws Exception {
        MaintenanceDatabase a = database("a", reservations);
        MaintenanceDatabase b = database("b", reservations);
        MaintenanceDatabase there = a.beside(b);
        MaintenanceDatabase back = b.beside(a);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            boolean out = i % 2 == 0;
            running.add(threads.submit(() -> {
                for (int round = 0; round < 100; round++) {
                    try (Connection serving = (out ? there : back).getConnection();
                            Connection idle = (out ? back : there).getConnection()) {
                        assertEquals(false, serving == idle);
                    }
                }
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        }
        assertEquals(0, open.get());
    }

    @Test
    void exhaustionNamesThePoolAndTheWayOut() throws Exception {
        MaintenanceDatabase database = database("app", new Reservations(Duration.ofMillis(1)));
        List<Connection> taken = occupy(database, Use.OPERATION.places());
        MaintenanceExhaustedException exhausted =
                assertThrows(MaintenanceExhaustedException.class, database::getConnection);
        assertTrue(
                exhausted.getMessage().contains("database app of cluster main as role keeper"), exhausted::getMessage);
        assertTrue(exhausted.getMessage().contains("start fewer at once"), exhausted::getMessage);
        for (Connection each : taken) {
            each.close();
        }
        database.getConnection().close();
    }

    @Test
    void backgroundWorkHasPlacesOfItsOwn() throws Exception {
        MaintenanceDatabase database = database("app", new Reservations(Duration.ofMillis(1)));
        occupy(database, Use.OPERATION.places());
        CompletableFuture<Boolean> got = new CompletableFuture<>();
        Thread background = new BackgroundThread(
                () -> {
                    try (Connection connection = database.getConnection()) {
                        got.complete(connection != null);
                    } catch (SQLException e) {
                        got.completeExceptionally(e);
                    }
                },
                "background");
        background.start();
        assertTrue(got.get(DEADLINE_SECONDS, TimeUnit.SECONDS));
    }

    @Test
    void aHoldKeepsThePlaceBetweenConnections() throws Exception {
        MaintenanceDatabase database = database("app", new Reservations(Duration.ofMillis(1)));
        try (Hold places = database.reserve()) {
            database.getConnection().close();
            occupy(database, Use.OPERATION.places() - 1);
            database.getConnection().close();
        }
        occupy(database, 1);
        assertThrows(MaintenanceExhaustedException.class, database::getConnection);
    }

    @Test
    void aThreadWithPlacesDoesNotWaitForAnotherPool() throws Exception {
        MaintenanceDatabase app = database("app", reservations);
        MaintenanceDatabase other = database("other", reservations);
        occupy(other, Use.OPERATION.places());
        try (Connection connection = app.getConnection()) {
            assertThrows(MaintenanceExhaustedException.class, other::getConnection);
        }
    }

    /** Connections of as many threads. */
    private List<Connection> occupy(MaintenanceDatabase database, int count) throws Exception {
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            FutureTask<Connection> one = new FutureTask<>(database::getConnection);
            new Thread(one).start();
            connections.add(one.get(DEADLINE_SECONDS, TimeUnit.SECONDS));
        }
        return connections;
    }

    private MaintenanceDatabase database(String name, Reservations of) {
        return new MaintenanceDatabase(new MaintenancePool("main", name, "keeper", source()), of);
    }

    /** Connections that only count how many of them are open. */
    private DataSource source() {
        return proxy(DataSource.class, (self, method, arguments) -> {
            open.incrementAndGet();
            assertTrue(open.get() <= 2 * MaintenancePool.mostConnections());
            return proxy(Connection.class, (connection, call, none) -> {
                if (call.getName().equals("close")) {
                    open.decrementAndGet();
                }
                return call.getName().equals("hashCode") ? (Object) System.identityHashCode(connection) : null;
            });
        });
    }

    private static <T> T proxy(Class<T> type, java.lang.reflect.InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
