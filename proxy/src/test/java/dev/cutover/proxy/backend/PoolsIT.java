// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.PoolConfig;
import dev.cutover.config.PoolMode;
import dev.cutover.config.Replication;
import dev.cutover.config.SessionPolicy;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.HangingServer;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.testing.RawClient.Message;
import dev.cutover.proxy.testing.TwoTenants;
import dev.cutover.proxy.wire.Transport;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How backend connections are shared, kept and given up. */
@ExtendWith(PostgresExtension.class)
final class PoolsIT {
    private static final Duration NEVER = Duration.ZERO;
    private static final Duration ALWAYS = Duration.ZERO;
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofHours(1);
    private static final SessionPolicy SESSION_MODE = new SessionPolicy(0, PoolMode.SESSION, null, Replication.REFUSE);

    private TestDatabase database;
    private TwoTenants proxy;

    @BeforeEach
    void prepare(TestDatabase fresh) throws SQLException {
        database = fresh;
        fresh.execute("CREATE SCHEMA blue; CREATE SCHEMA green; CREATE TABLE served (no serial, who text)");
    }

    @AfterEach
    void stop() {
        System.clearProperty("cutover.eventLoops");
        System.clearProperty(Transport.PROPERTY);
        proxy.close();
    }

    @Test
    void aTenantWithManyWaitersDoesNotStarveAnother() throws Exception {
        start(new PoolConfig(1), SessionPolicy.DEFAULT);
        List<RawClient> clients = new ArrayList<>();
        try (RawClient holder = login("acme")) {
            for (int i = 0; i < 8; i++) {
                clients.add(login(i == 7 ? "globex" : "acme"));
            }
            holder.query("BEGIN").summary();
            for (int i = 0; i < clients.size(); i++) {
                clients.get(i).query("INSERT INTO served (who) VALUES ('" + i + "')");
                awaitWaiting(i + 1);
            }
            holder.query("COMMIT").summary();
            for (RawClient client : clients) {
                assertEquals("C[INSERT 0 1]ZI", client.summary());
            }
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        // The other tenant came last of all and is second; the first tenant's clients keep their order.
        assertEquals(
                List.of("0", "7", "1", "2", "3", "4", "5", "6"), database.query("SELECT who FROM served ORDER BY no"));
    }

    @Test
    void aTenantAtItsLimitWaitsAndHoldsUpNobodyElse() throws Exception {
        start(new PoolConfig(3), new SessionPolicy(1, PoolMode.TRANSACTION, null, Replication.REFUSE));
        try (RawClient first = login("acme");
                RawClient second = login("acme");
                RawClient other = login("globex")) {
            first.query("BEGIN").summary();
            second.query("SELECT 1");
            awaitWaiting(1);
            assertEquals("TDC[SELECT 1]ZI", other.query("SELECT 1").summary());
            first.query("COMMIT").summary();
            assertEquals("TDC[SELECT 1]ZI", second.summary());
        }
    }

    @Test
    void aTenantAtItsLimitIsToldWhichOne() throws Exception {
        proxy = TwoTenants.start(
                database,
                new PoolConfig(3),
                new SessionPolicy(1, PoolMode.TRANSACTION, null, Replication.REFUSE),
                SHORT);
        try (RawClient first = login("acme");
                RawClient second = login("acme")) {
            first.query("BEGIN").summary();
            Message error = second.query("SELECT 1").untilReady().get(0);
            assertEquals("53300", RawClient.field(error, 'C'));
            assertTrue(RawClient.field(error, 'H').contains("tenants.acme.pool-size"), error.text());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void aTenantAtItsLimitUsesItsConnectionsOnEveryEventLoop(String transport) throws Exception {
        System.setProperty(Transport.PROPERTY, transport);
        System.setProperty("cutover.eventLoops", "3");
        start(new PoolConfig(6), new SessionPolicy(2, PoolMode.TRANSACTION, null, Replication.REFUSE));
        Set<String> pids = new HashSet<>();
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            clients.add(login("acme"));
        }
        for (int round = 0; round < 30; round++) {
            for (RawClient client : clients) {
                client.query("SELECT pg_backend_pid()");
            }
            for (RawClient client : clients) {
                pids.addAll(rows(client));
            }
        }
        for (RawClient client : clients) {
            client.close();
        }
        assertTrue(pids.size() <= 2, "server connections used by turns: " + pids);
    }

    @Test
    void connectionsThatDiedIdleOnAnotherEventLoopAreReplacedUnseen() throws Exception {
        System.setProperty("cutover.eventLoops", "3");
        start(
                new PoolConfig(6, 0, NEVER, NEVER, ALWAYS),
                new SessionPolicy(1, PoolMode.TRANSACTION, null, Replication.REFUSE));
        List<RawClient> clients = List.of(login("acme"), login("acme"), login("acme"));
        for (int round = 0; round < 25; round++) {
            for (RawClient client : clients) {
                assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
                killAll();
            }
        }
        for (RawClient client : clients) {
            client.close();
        }
    }

    @Test
    void connectionsThatDiedIdleAreReplacedUnseen() throws Exception {
        start(new PoolConfig(4, 0, NEVER, NEVER, ALWAYS), SessionPolicy.DEFAULT);
        List<RawClient> clients = List.of(login("acme"), login("acme"), login("globex"), login("globex"));
        for (int round = 0; round < 25; round++) {
            for (RawClient client : clients) {
                client.query("BEGIN").summary();
            }
            for (RawClient client : clients) {
                client.query("COMMIT").summary();
            }
            killAll();
            for (RawClient client : clients) {
                assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
            }
        }
        for (RawClient client : clients) {
            client.close();
        }
    }

    @Test
    void aConnectionThatHangsInTheCheckIsReplacedUnseen() throws Exception {
        try (HangingServer server =
                new HangingServer(database.server().host(), database.server().port())) {
            PoolConfig checked = new PoolConfig(4, 0, NEVER, NEVER, ALWAYS);
            proxy = TwoTenants.start(
                    database, server.endpoint(), checked, SessionPolicy.DEFAULT, Duration.ofSeconds(30));
            try (RawClient client = login("acme")) {
                String before = pid(client);
                server.hang();
                assertNotEquals(before, pid(client));
            }
        }
    }

    /** A server that shuts down ends its connections one after the other. */
    @Test
    void afterAConnectionIsLostAnotherIsCheckedBeforeItServes() throws Exception {
        try (HangingServer server =
                new HangingServer(database.server().host(), database.server().port())) {
            PoolConfig seldomChecked = new PoolConfig(4, 0, NEVER, NEVER, LONG);
            proxy = TwoTenants.start(
                    database, server.endpoint(), seldomChecked, SessionPolicy.DEFAULT, Duration.ofSeconds(30));
            try (RawClient client = login("acme");
                    RawClient other = login("acme")) {
                client.query("BEGIN").summary();
                String lost = pid(client);
                String idle = pid(other);
                client.query("COMMIT").summary();
                database.execute("SELECT pg_terminate_backend(" + lost + ")");
                awaitOpen(1);
                server.hang();
                assertNotEquals(idle, pid(other));
            }
        }
    }

    /** The client knows of the loss, and may come again, before the server has closed the connection. */
    @Test
    void afterTheServersLastWordAnotherConnectionIsCheckedBeforeItServes() throws Exception {
        try (HangingServer server =
                new HangingServer(database.server().host(), database.server().port())) {
            PoolConfig seldomChecked = new PoolConfig(4, 0, NEVER, NEVER, LONG);
            proxy = TwoTenants.start(
                    database, server.endpoint(), seldomChecked, SessionPolicy.DEFAULT, Duration.ofSeconds(30));
            try (RawClient client = login("acme");
                    RawClient other = login("acme")) {
                client.query("BEGIN").summary();
                String lost = pid(client);
                String idle = pid(other);
                server.linger();
                database.execute("SELECT pg_terminate_backend(" + lost + ")");
                assertEquals("57P01", RawClient.field(client.read(), 'C'));
                server.hang();
                assertNotEquals(idle, pid(other));
            }
        }
    }

    @Test
    void connectionsOfAServerThatTakesNoWritesAreReplaced() throws Exception {
        String alter = "ALTER DATABASE " + database.name() + " SET default_transaction_read_only = ";
        database.execute(alter + "on");
        start(new PoolConfig(2), SessionPolicy.DEFAULT);
        try (RawClient client = login("acme")) {
            assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
            database.execute("BEGIN READ WRITE; " + alter + "off; COMMIT");
            assertEquals(
                    "E[25006]ZI",
                    client.query("INSERT INTO served (who) VALUES ('a')").summary());
            // The new connection reports that writes are possible.
            assertEquals(
                    "SC[INSERT 0 1]ZI",
                    client.query("INSERT INTO served (who) VALUES ('a')").summary());
        }
    }

    @Test
    void aReadOnlyTransactionOfTheClientsOwnCostsNoConnection() throws Exception {
        start(new PoolConfig(2), SessionPolicy.DEFAULT);
        try (RawClient client = login("acme")) {
            String before = pid(client);
            client.query("BEGIN READ ONLY").summary();
            assertEquals(
                    "E[25006]ZE",
                    client.query("INSERT INTO served (who) VALUES ('a')").summary());
            client.query("ROLLBACK").summary();
            client.query("SET default_transaction_read_only = on").summary();
            assertEquals(
                    "E[25006]ZI",
                    client.query("INSERT INTO served (who) VALUES ('a')").summary());
            assertEquals(before, pid(client));
        }
    }

    @Test
    void idleConnectionsAreClosed() throws Exception {
        start(new PoolConfig(4, 0, SHORT, NEVER, LONG), SessionPolicy.DEFAULT);
        try (RawClient client = login("acme")) {
            client.query("SELECT 1").summary();
            awaitOpen(0);
            assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
        }
    }

    @Test
    void someIdleConnectionsAreKeptAndReplaced() throws Exception {
        start(new PoolConfig(6, 3, SHORT, NEVER, ALWAYS), SessionPolicy.DEFAULT);
        List<RawClient> clients = new ArrayList<>();
        // Clients on every event loop, so that each knows the database.
        for (int i = 0; i < 8; i++) {
            clients.add(login("acme"));
            clients.get(i).query("SELECT 1").summary();
        }
        awaitOpen(3);
        killAll();
        awaitOpen(3);
        for (RawClient client : clients) {
            assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
            client.close();
        }
    }

    @Test
    void aConnectionThatIsTooOldEndsBetweenTwoTransactions() throws Exception {
        start(new PoolConfig(1, 0, NEVER, SHORT, LONG), SessionPolicy.DEFAULT);
        try (RawClient client = login("acme")) {
            client.query("BEGIN").summary();
            String before = pid(client);
            Thread.yield();
            database.query("SELECT pg_sleep(0.1)");
            assertEquals(before, pid(client));
            client.query("COMMIT").summary();
            assertFalse(before.equals(pid(client)));
        }
    }

    @Test
    void inSessionModeASessionKeepsItsConnection() throws Exception {
        start(new PoolConfig(2), SESSION_MODE);
        try (RawClient one = login("acme");
                RawClient other = login("acme")) {
            String first = pid(one);
            String second = pid(other);
            assertFalse(first.equals(second));
            assertEquals(List.of(first, second, first), List.of(pid(one), pid(other), pid(one)));
            // The answer is there a moment before the session rests.
            while (proxy.acme().sessions().stream()
                    .anyMatch(session -> !session.view().state().equals("session mode"))) {
                Thread.onSpinWait();
            }
            assertTrue(proxy.acme().sessions().stream()
                    .allMatch(session -> session.view().pinned().isEmpty()));
        }
    }

    @Test
    void aConnectionOfSessionModeIsAsNewForTheNextClient() throws Exception {
        // So that the next client finds it in its own pool.
        System.setProperty("cutover.eventLoops", "1");
        start(new PoolConfig(1), SESSION_MODE);
        String before;
        try (RawClient client = login("acme")) {
            before = pid(client);
            client.query("CREATE TEMPORARY TABLE mine (a int)").summary();
            client.query("SET work_mem TO '77MB'; SELECT pg_advisory_lock(1); LISTEN news; PREPARE p AS SELECT 1")
                    .summary();
        }
        try (RawClient client = login("acme")) {
            assertEquals(before, pid(client));
            assertEquals(
                    List.of("4MB|0|0|0|0"),
                    rows(
                            client,
                            "SELECT current_setting('work_mem')"
                                    + " || '|' || (SELECT count(*) FROM pg_class WHERE relname = 'mine')"
                                    + " || '|' || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')"
                                    + " || '|' || (SELECT count(*) FROM pg_listening_channels())"
                                    + " || '|' || (SELECT count(*) FROM pg_prepared_statements)"));
        }
    }

    @Test
    void aFlipMovesASessionOfSessionModeOnItsConnection() throws Exception {
        database.execute(
                "CREATE TABLE blue.side AS SELECT 'blue' AS side; CREATE TABLE green.side AS SELECT 'green' AS side");
        start(new PoolConfig(2), SESSION_MODE);
        try (RawClient client = login("acme")) {
            String before = pid(client);
            assertEquals(List.of("blue"), rows(client, "SELECT side FROM side"));
            proxy.flip(Side.GREEN);
            assertEquals(List.of("green"), rows(client, "SELECT side FROM side"));
            assertEquals(before, pid(client));
        }
    }

    private void start(PoolConfig pool, SessionPolicy acme) {
        proxy = TwoTenants.start(database, pool, acme, Duration.ofSeconds(30));
    }

    private RawClient login(String tenant) throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), tenant);
    }

    private static String pid(RawClient client) throws IOException {
        return rows(client, "SELECT pg_backend_pid()").get(0);
    }

    /** The only column of each row. */
    private static List<String> rows(RawClient client, String sql) throws IOException {
        return rows(client.query(sql));
    }

    private static List<String> rows(RawClient client) throws IOException {
        return client.untilReady().stream()
                .filter(message -> message.type() == 'D')
                .map(row -> row.text().substring(6))
                .toList();
    }

    private void killAll() throws SQLException {
        database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }

    private void awaitWaiting(int count) {
        while (proxy.backends().statistics(TwoTenants.CLUSTER).waiting() != count) {
            Thread.onSpinWait();
        }
    }

    private void awaitOpen(int count) {
        while (proxy.backends().statistics(TwoTenants.CLUSTER).open() != count) {
            Thread.onSpinWait();
        }
    }
}
