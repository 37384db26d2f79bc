// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A flip under clients that do not know of it. */
@ExtendWith(PostgresExtension.class)
final class FlipIT {
    private static final int CLIENTS = 6;
    private static final int FLIPS = 20;

    private TestDatabase database;
    private ProxyFixture proxy;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 3);
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        proxy.close();
    }

    @Test
    void noTransactionSeesTwoSidesAndNoneFails() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger transactions = new AtomicInteger();
        List<Future<?>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            String mode = List.of("prepareThreshold=1", "preferQueryMode=simple", "prepareThreshold=0")
                    .get(i % 3);
            clients.add(threads.submit(() -> {
                readInTransactions(mode, stop, transactions);
                return null;
            }));
        }
        for (int i = 0; i < FLIPS; i++) {
            int before = transactions.get();
            while (transactions.get() < before + CLIENTS && clients.stream().noneMatch(Future::isDone)) {
                Thread.onSpinWait();
            }
            proxy.flip(i % 2 == 0 ? Side.GREEN : Side.BLUE);
        }
        stop.set(true);
        for (Future<?> client : clients) {
            client.get();
        }
        proxy.routing().gate().close();
        assertTrue(proxy.routing().gate().awaitDrained(Duration.ofSeconds(10)));
    }

    private void readInTransactions(String mode, AtomicBoolean stop, AtomicInteger transactions) throws SQLException {
        try (Connection client = proxy.connect(database.server().user(), mode);
                PreparedStatement select = client.prepareStatement("SELECT side FROM where_am_i")) {
            client.setAutoCommit(false);
            while (!stop.get()) {
                String first = only(select);
                assertEquals(first, only(select));
                client.commit();
                transactions.incrementAndGet();
            }
        }
    }

    private static String only(PreparedStatement select) throws SQLException {
        try (ResultSet rows = select.executeQuery()) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Test
    void aPipelineDoesNotCarryATransactionIntoTheClosedGate() throws Exception {
        try (RawClient client = login()) {
            AtomicBoolean stop = new AtomicBoolean();
            Future<Integer> sent = threads.submit(() -> {
                int count = 0;
                for (; count < 100_000 && !stop.get(); count++) {
                    client.query("SELECT side FROM where_am_i");
                }
                // An empty query, so that the reader knows where the pipeline ends.
                client.query("");
                return count;
            });
            Future<Integer> answered = threads.submit(() -> {
                int count = 0;
                String answer = client.summary();
                while (!answer.endsWith("IZI")) {
                    assertTrue(answer.endsWith("TDC[SELECT 1]ZI"), answer);
                    count++;
                    answer = client.summary();
                }
                return count;
            });
            proxy.flip(Side.GREEN);
            stop.set(true);
            assertEquals(sent.get(), answered.get());
        }
    }

    @Test
    void aPinnedSessionMovesOnItsOwnConnection() throws Exception {
        try (RawClient client = login()) {
            client.query("CREATE TEMPORARY TABLE mine (a int)").summary();
            proxy.flip(Side.GREEN);
            client.query("SELECT side FROM where_am_i, pg_class WHERE relname = 'mine'");
            List<RawClient.Message> messages = client.untilReady();
            assertTrue(
                    messages.stream().anyMatch(m -> m.type() == 'D' && m.text().contains("green")));
        }
    }

    @Test
    void theClientLearnsOfItsSide() throws Exception {
        try (RawClient client = login()) {
            proxy.flip(Side.GREEN);
            List<RawClient.Message> messages = client.query("SELECT 1").untilReady();
            assertTrue(
                    messages.stream().anyMatch(m -> m.type() == 'S' && m.text().equals("cutover.side\0green\0")));
        }
    }

    @Test
    void aSchemaNamedInTheClientsOwnSearchPathMoves() throws Exception {
        try (RawClient client = login()) {
            client.query("SET search_path TO blue").summary();
            proxy.flip(Side.GREEN);
            List<RawClient.Message> messages =
                    client.query("SELECT side FROM where_am_i").untilReady();
            assertTrue(
                    messages.stream().anyMatch(m -> m.type() == 'D' && m.text().contains("green")));
        }
    }

    @Test
    void aPreparedStatementMovesToAnotherDatabase(TestDatabase other) throws Exception {
        other.execute("CREATE SCHEMA green; CREATE TABLE green.where_am_i (side text, since int);"
                + "INSERT INTO green.where_am_i VALUES ('elsewhere', 1)");
        try (RawClient client = login()) {
            client.parse("s", "SELECT side FROM where_am_i").sync().summary();
            proxy.flip(Side.GREEN, other.name());
            List<RawClient.Message> messages =
                    client.bind("", "s").execute("").sync().untilReady();
            assertTrue(
                    messages.stream().anyMatch(m -> m.type() == 'D' && m.text().contains("elsewhere")));
        }
    }

    @Test
    void aPinnedSessionThatCannotMoveIsTold(TestDatabase other) throws Exception {
        try (RawClient client = login()) {
            client.query("CREATE TEMPORARY TABLE mine (a int)").summary();
            proxy.flip(Side.GREEN, other.name());
            RawClient.Message error = client.query("SELECT 1").read();
            assertEquals("57P01", RawClient.field(error, 'C'));
            assertTrue(RawClient.field(error, 'H').contains("TEMPORARY_OBJECT"));
        }
    }

    @Test
    void transactionsAreHeldNotRefused() throws Exception {
        try (RawClient client = login()) {
            proxy.routing().gate().close();
            client.query("SELECT side FROM where_am_i");
            while (proxy.routing().held() == 0) {
                Thread.onSpinWait();
            }
            proxy.routing().gate().open();
            assertEquals("TDC[SELECT 1]ZI", client.summary());
        }
    }

    @Test
    void anIdleTransactionCanBeCancelled() throws Exception {
        try (RawClient client = login()) {
            client.query("BEGIN").summary();
            proxy.routing().gate().close();
            proxy.routing().sessions().forEach(session -> session.cancelRunning());
            assertTrue(proxy.routing().gate().awaitDrained(Duration.ofSeconds(10)));
            proxy.routing().gate().open();
            assertEquals("E[57014]ZE", client.query("SELECT 1").summary());
        }
    }

    private RawClient login() throws java.io.IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }
}
