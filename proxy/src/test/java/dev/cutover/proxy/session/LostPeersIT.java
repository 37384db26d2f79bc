// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients and servers that go without a word. The gate must count neither too many nor too few. */
@ExtendWith(PostgresExtension.class)
final class LostPeersIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private TestDatabase database;
    private ProxyFixture proxy;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 2);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void aClientLostInItsTransactionLeavesTheGateAndNothingBehind() throws Exception {
        RawClient client = login();
        client.query("BEGIN").query("INSERT INTO item VALUES (1, 'lost')");
        client.summary();
        client.summary();
        client.close();
        assertTrue(drained());
        assertEquals(List.of("0"), database.query("SELECT count(*) FROM blue.item"));
    }

    @Test
    void aClientLostWhileItsQueryRunsLeavesTheGateWhenTheServerHasStopped() throws Exception {
        RawClient client = login();
        client.query("INSERT INTO item SELECT 1, 'lost' FROM pg_sleep(60)");
        awaitRunning("INSERT INTO item%");
        client.close();
        assertTrue(drained());
        assertEquals(
                List.of("0"),
                database.query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO item%'"
                        + " AND state = 'active'"));
    }

    @Test
    void aClientLostInTheMiddleOfAMessageDoesNotSpoilItsBackend() throws Exception {
        RawClient client = login();
        client.query("COPY item FROM STDIN").read();
        client.bytes(new byte[] {'d', 0, 16, 0, 0})
                .bytes("1\ta\n".repeat(50_000).getBytes());
        client.close();
        assertTrue(drained());
        try (RawClient other = login()) {
            assertEquals("TDC[SELECT 1]ZI", other.query("SELECT 1").summary());
        }
    }

    @Test
    void aClientLostAtTheClosedGateIsForgotten() throws Exception {
        proxy.routing().gate().close();
        RawClient client = login();
        client.query("SELECT 1");
        awaitHeld(1);
        client.close();
        awaitSessions(0);
        proxy.routing().gate().open();
        assertTrue(drained());
    }

    @Test
    void aBackendLostInATransactionEndsItsClient() throws Exception {
        try (RawClient client = login()) {
            client.query("BEGIN").summary();
            database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'BEGIN'");
            assertEquals("57P01", RawClient.field(client.read(), 'C'));
            assertTrue(client.closedByPeer());
        }
        assertTrue(drained());
    }

    @Test
    void aBackendLostWhileIdleIsReplacedUnseen() throws Exception {
        try (RawClient client = login()) {
            client.query("SELECT 1").summary();
            database.query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
            awaitOpenBackends(0);
            assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
        }
    }

    @Test
    void garbageIsRefusedAndHurtsNobodyElse() throws Exception {
        Random random = new Random(42);
        try (RawClient bystander = login()) {
            for (int i = 0; i < 200; i++) {
                byte[] garbage = new byte[random.nextInt(300)];
                random.nextBytes(garbage);
                try (RawClient before = RawClient.open(proxy.port());
                        RawClient after = login()) {
                    before.bytes(garbage);
                    after.bytes(garbage);
                }
            }
            assertEquals("TDC[SELECT 1]ZI", bystander.query("SELECT 1").summary());
        }
        assertTrue(drained());
    }

    private RawClient login() throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }

    private boolean drained() throws InterruptedException {
        proxy.routing().gate().close();
        try {
            return proxy.routing().gate().awaitDrained(PATIENCE);
        } finally {
            proxy.routing().gate().open();
        }
    }

    private void awaitRunning(String pattern) throws SQLException {
        while (database.query("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '" + pattern + "'")
                .isEmpty()) {
            Thread.onSpinWait();
        }
    }

    private void awaitHeld(int count) {
        while (proxy.routing().held() != count) {
            Thread.onSpinWait();
        }
    }

    private void awaitSessions(int count) {
        while (proxy.routing().sessions().size() != count) {
            Thread.onSpinWait();
        }
    }

    private void awaitOpenBackends(int count) {
        while (proxy.server().backends().statistics(ProxyFixture.CLUSTER).open() != count) {
            Thread.onSpinWait();
        }
    }
}
