// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.PoolConfig;
import dev.cutover.config.PoolMode;
import dev.cutover.config.Replication;
import dev.cutover.config.SessionPolicy;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.testing.RawClient.Message;
import dev.cutover.proxy.testing.TwoTenants;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The process id that a client is told at its login: acme is in session mode, globex in transaction mode. */
@ExtendWith(PostgresExtension.class)
final class ProcessIdsIT {
    private TestDatabase database;
    private TwoTenants proxy;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        fresh.execute("CREATE SCHEMA blue; CREATE SCHEMA green");
        proxy = TwoTenants.start(
                fresh,
                new PoolConfig(3),
                new SessionPolicy(0, PoolMode.SESSION, null, Replication.REFUSE),
                Duration.ofSeconds(30));
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void inSessionModeTheToldPidIsTheServersAndStays() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            int told = login(client, "acme").getInt(0);

            int first = backendPid(client);
            proxy.flip(Side.GREEN);

            assertEquals(List.of(told, told), List.of(first, backendPid(client)));
        }
    }

    @Test
    void inSessionModeTheToldPidIsFoundBeforeTheFirstStatement() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            int told = login(client, "acme").getInt(0);

            assertEquals(
                    List.of(database.name()),
                    database.query("SELECT datname FROM pg_stat_activity WHERE pid = " + told));
        }
    }

    @Test
    void inSessionModePgTerminateBackendOfTheToldPidEndsTheSession() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            int told = login(client, "acme").getInt(0);

            database.query("SELECT pg_terminate_backend(" + told + ")");

            Message error = client.read();
            assertEquals("57P01", RawClient.field(error, 'C'));
            assertTrue(client.closedByPeer());
        }
    }

    @Test
    void inSessionModeTheKeyCancels() throws Exception {
        try (RawClient client = RawClient.open(proxy.port());
                RawClient canceller = RawClient.open(proxy.port())) {
            ByteBuffer key = login(client, "acme");
            client.query("SELECT pg_sleep(600)");
            awaitSleep(key.getInt(0));

            canceller
                    .bytes(RawClient.int32(8 + key.capacity()))
                    .bytes(RawClient.int32(80877102))
                    .bytes(key.array());

            assertEquals("TE[57014]ZI", client.summary());
        }
    }

    @Test
    void twoSessionsOfSessionModeHaveTheirOwnPids() throws Exception {
        try (RawClient one = RawClient.open(proxy.port());
                RawClient other = RawClient.open(proxy.port())) {
            int told = login(one, "acme").getInt(0);

            assertNotEquals(told, login(other, "acme").getInt(0));
            assertEquals(told, backendPid(one));
        }
    }

    @Test
    void aLoginOfSessionModeGetsAConnectionThatItsPredecessorLeft() throws Exception {
        for (int i = 0; i < 10; i++) {
            try (RawClient client = RawClient.open(proxy.port())) {
                assertEquals(login(client, "acme").getInt(0), backendPid(client));
                client.query("CREATE TEMPORARY TABLE mine (a int); SET search_path TO public")
                        .summary();
            }
        }
    }

    @Test
    void theNotificationOfTheClientsOwnNotifyHasTheToldPid() throws Exception {
        for (String tenant : List.of("acme", "globex")) {
            try (RawClient client = RawClient.open(proxy.port())) {
                int told = login(client, tenant).getInt(0);

                client.query("LISTEN news").summary();
                client.query("NOTIFY news, 'own'");

                assertEquals(List.of(told + " news own"), notifications(client), tenant);
            }
        }
    }

    @Test
    void theNotificationOfAnothersNotifyHasTheServersPid() throws Exception {
        try (RawClient client = RawClient.open(proxy.port());
                RawClient other = RawClient.open(proxy.port())) {
            login(client, "globex");
            int told = login(other, "acme").getInt(0);
            client.query("LISTEN news").summary();

            other.query("NOTIFY news, 'theirs'").summary();
            client.query("SELECT 1");

            assertEquals(List.of(told + " news theirs"), notifications(client));
        }
    }

    /** @return what BackendKeyData says */
    private ByteBuffer login(RawClient client, String tenant) throws IOException {
        return client.startup(database.server().user(), tenant).untilReady().stream()
                .filter(message -> message.type() == 'K')
                .map(message -> ByteBuffer.wrap(message.body()))
                .findFirst()
                .orElseThrow();
    }

    private void awaitSleep(int pid) throws SQLException {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!database.query("SELECT wait_event FROM pg_stat_activity WHERE pid = " + pid)
                .equals(List.of("PgSleep"))) {
            assertTrue(System.nanoTime() < deadline, "does not sleep");
        }
    }

    private static int backendPid(RawClient client) throws IOException {
        return client.query("SELECT pg_backend_pid()").untilReady().stream()
                .filter(message -> message.type() == 'D')
                .map(message -> Integer.valueOf(message.text().substring(6)))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> notifications(RawClient client) throws IOException {
        return client.untilReady().stream()
                .filter(message -> message.type() == 'A')
                .map(message -> ByteBuffer.wrap(message.body()).getInt() + " "
                        + message.text()
                                .substring(message.text().indexOf("news"))
                                .replace("\0", " ")
                                .trim())
                .toList();
    }
}
