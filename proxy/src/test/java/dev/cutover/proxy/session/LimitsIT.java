// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Limits;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.testing.RawClient.Message;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What clients may take, and what they are told when it is too much. */
@ExtendWith(PostgresExtension.class)
final class LimitsIT {
    private static final Duration SHORT = Duration.ofMillis(200);

    private TestDatabase database;
    private ProxyFixture proxy;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        fresh.execute("CREATE SCHEMA blue");
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void oneClientMoreThanAllowedIsRefused() throws IOException {
        limit(limits(1, 0, 0, Duration.ZERO, Duration.ZERO));
        assertSecondClientIsRefused();
    }

    @Test
    void oneClientMoreThanATenantMayHaveIsRefused() throws IOException {
        limit(limits(0, 1, 0, Duration.ZERO, Duration.ZERO));
        assertSecondClientIsRefused();
    }

    @Test
    void oneClientMoreThanAnAddressMayHaveIsRefused() throws IOException {
        limit(limits(0, 0, 1, Duration.ZERO, Duration.ZERO));
        assertSecondClientIsRefused();
    }

    private void assertSecondClientIsRefused() throws IOException {
        try (RawClient first = login();
                RawClient second = RawClient.open(proxy.port())) {
            second.startup(database.server().user(), ProxyFixture.TENANT);
            Message refusal = firstError(second);
            assertEquals("53300", RawClient.field(refusal, 'C'));
            assertTrue(RawClient.field(refusal, 'H').contains("limits.max-clients"));
            assertEquals("TDC[SELECT 1]ZI", first.query("SELECT 1").summary());
        }
        // Who has gone is counted no more.
        boolean admitted = false;
        while (!admitted) {
            try (RawClient third = RawClient.open(proxy.port())) {
                third.startup(database.server().user(), ProxyFixture.TENANT);
                admitted = third.read().type() == 'R';
            }
        }
    }

    @Test
    void aClientThatDoesNotLogInIsCutOff() throws IOException {
        limit(new Limits(0, 0, 0, SHORT, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(30)));
        try (RawClient client = RawClient.open(proxy.port())) {
            assertTrue(client.closedByPeer());
        }
    }

    @Test
    void aTransactionThatWaitsTooLongForItsClientEnds() throws Exception {
        limit(limits(0, 0, 0, SHORT, Duration.ZERO));
        try (RawClient client = login()) {
            client.query("BEGIN").summary();
            Message end = client.read();
            assertEquals("25P03", RawClient.field(end, 'C'));
            assertTrue(client.closedByPeer());
        }
        proxy.routing().gate().close();
        assertTrue(proxy.routing().gate().awaitDrained(Duration.ofSeconds(20)));
    }

    @Test
    void aQueryThatRunsTooLongIsCancelledAndItsSessionGoesOn() throws IOException {
        limit(limits(0, 0, 0, Duration.ZERO, SHORT));
        try (RawClient client = login()) {
            List<Message> answer = client.query("SELECT pg_sleep(60)").untilReady();
            Message error = answer.stream()
                    .filter(each -> each.type() == 'E')
                    .findFirst()
                    .orElseThrow();
            assertEquals("57014", RawClient.field(error, 'C'));
            assertTrue(RawClient.field(error, 'H').contains("limits.query-timeout"));
            assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
        }
    }

    @Test
    void whoGetsNoBackendInTimeGetsAnErrorAndMayTryAgain() throws IOException {
        limit(new Limits(0, 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, SHORT));
        try (RawClient holder = login();
                RawClient simple = login();
                RawClient extended = login()) {
            holder.query("BEGIN").summary();
            assertEquals("E[53300]ZI", simple.query("SELECT 1").summary());
            extended.parse("s", "SELECT 1").bind("", "s").execute("").sync();
            assertEquals("E[53300]ZI", extended.summary());
            holder.query("COMMIT").summary();
            assertEquals("TDC[SELECT 1]ZI", simple.query("SELECT 1").summary());
            extended.parse("s", "SELECT 1").bind("", "s").execute("").sync();
            assertEquals("12DC[SELECT 1]ZI", extended.summary());
        }
    }

    @Test
    void anIdleTransactionThatIsCancelledIsToldByItsNextStatement() throws Exception {
        limit(Limits.DEFAULT);
        try (RawClient client = login()) {
            client.query("BEGIN").summary();
            cancelAll();
            assertEquals("E[57014]ZE", client.query("COMMIT").summary());
            assertEquals("E[25P02]ZE", client.query("SELECT 1").summary());
            assertEquals("C[ROLLBACK]ZI", client.query("ROLLBACK").summary());
            assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
        }
    }

    @Test
    void anIdleTransactionThatIsCancelledIsToldInTheExtendedProtocolToo() throws Exception {
        limit(Limits.DEFAULT);
        try (RawClient client = login()) {
            client.parse("c", "COMMIT").sync().summary();
            client.query("BEGIN").summary();
            cancelAll();
            client.sync();
            assertEquals("ZE", client.summary());
            client.bind("", "c").execute("").sync();
            assertEquals("E[57014]ZE", client.summary());
            client.parse("", "ROLLBACK").bind("", "").execute("").sync();
            assertEquals("12C[ROLLBACK]ZI", client.summary());
            client.bind("", "c").execute("").sync();
            assertEquals("2NC[COMMIT]ZI", client.summary());
        }
    }

    @Test
    void aCancelledTransactionThatRollsBackIsToldNothing() throws Exception {
        limit(Limits.DEFAULT);
        try (RawClient client = login()) {
            client.query("BEGIN").summary();
            cancelAll();
            assertEquals("C[ROLLBACK]ZI", client.query("ROLLBACK").summary());
        }
    }

    /** As a flip by force does: and it can go on at once. */
    private void cancelAll() throws InterruptedException {
        proxy.routing().gate().close();
        proxy.routing().sessions().forEach(session -> session.cancelRunning());
        assertTrue(proxy.routing().gate().awaitDrained(Duration.ofSeconds(20)));
        proxy.routing().gate().open();
    }

    private static Message firstError(RawClient client) throws IOException {
        Message message;
        do {
            message = client.read();
        } while (message.type() != 'E');
        return message;
    }

    private RawClient login() throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }

    private static Limits limits(int all, int tenant, int address, Duration idle, Duration query) {
        return new Limits(all, tenant, address, Duration.ZERO, idle, query, Duration.ofSeconds(30));
    }

    private void limit(Limits limits) {
        proxy = ProxyFixture.start(
                new ClusterConfig(
                        ProxyFixture.CLUSTER,
                        new Endpoint(database.server().host(), database.server().port()),
                        1),
                database.name(),
                null,
                new AuthConfig(AuthConfig.Method.TRUST, Map.of()),
                limits);
    }
}
