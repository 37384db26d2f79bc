// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two sessions share the only backend connection: what one leaves on it, or cannot set on it, does not reach the other's work. */
@ExtendWith(PostgresExtension.class)
final class HandoverIT {
    private TestDatabase database;
    private ProxyFixture proxy;
    private String role;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        role = "handover_" + fresh.name();
        proxy = ProxyFixture.start(fresh, 1, Planners.unmirrored());
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void aSimpleQueryDoesNotRunWithoutTheSessionsRole() throws Exception {
        try (RawClient client = sessionThatLosesItsRole()) {
            client.query("INSERT INTO item VALUES (1, 'written by another role')");
            assertEnded(client);
        }
        assertNothingWasWritten();
    }

    @Test
    void anExtendedQueryDoesNotRunWithoutTheSessionsRole() throws Exception {
        try (RawClient client = sessionThatLosesItsRole()) {
            client.parse("", "INSERT INTO item VALUES (1, 'written by another role')")
                    .bind("", "")
                    .execute("")
                    .sync();
            assertEnded(client);
        }
        assertNothingWasWritten();
    }

    /** It has set a role on the connection. Another session has had that since, and the role has been dropped. */
    private RawClient sessionThatLosesItsRole() throws Exception {
        database.execute("CREATE ROLE " + role);
        RawClient client = login();
        client.query("SET ROLE " + role).summary();
        try (RawClient other = login()) {
            assertEquals("TDC[SELECT 1]ZI", other.query("SELECT 1").summary());
        }
        database.execute("DROP ROLE " + role);
        return client;
    }

    private static void assertEnded(RawClient client) throws IOException {
        RawClient.Message first = client.read();
        assertEquals('E', first.type());
        assertEquals("FATAL", RawClient.field(first, 'S'));
        assertEquals("22023", RawClient.field(first, 'C'));
    }

    /** Another session gets the only place when the server has closed the connection: then no statement runs any more. */
    private void assertNothingWasWritten() throws Exception {
        try (RawClient other = login()) {
            assertEquals("TDC[SELECT 1]ZI", other.query("SELECT 1").summary());
        }
        assertEquals(List.of("0"), database.query("SELECT count(*) FROM blue.item"));
    }

    @Test
    void aShortTimeoutDoesNotReachAnotherSessionsSettings() throws IOException {
        for (String timeout : List.of("1", "'1ms'", "' 20 ms'", "2.5", "'0.001min'")) {
            try (RawClient hasty = login();
                    RawClient other = login()) {
                double before = proxy.meters()
                        .get("cutover.backend.connections.reset")
                        .counter()
                        .count();
                hasty.query("SET statement_timeout = " + timeout).summary();
                assertEquals("TDC[SELECT 1]ZI", other.query("SELECT 1").summary());
                assertEquals(
                        before + 1,
                        proxy.meters()
                                .get("cutover.backend.connections.reset")
                                .counter()
                                .count(),
                        timeout);
            }
        }
    }

    @Test
    void aSessionFindsItsShortTimeoutAgain() throws IOException {
        try (RawClient hasty = login();
                RawClient other = login()) {
            hasty.query("SET statement_timeout = '300ms'").summary();
            other.query("SELECT 1").summary();
            hasty.query("SHOW statement_timeout");
            List<RawClient.Message> answer = hasty.untilReady();
            assertTrue(answer.get(1).text().contains("300ms"), "the row has the timeout");
            assertEquals("TDC[SELECT 1]ZI", other.query("SELECT 1").summary());
        }
    }

    @Test
    void aLongTimeoutCostsNoReset() throws IOException {
        try (RawClient patient = login();
                RawClient other = login()) {
            patient.query("SET statement_timeout = '30s'").summary();
            assertEquals("TDC[SELECT 1]ZI", other.query("SELECT 1").summary());
            assertEquals(
                    0,
                    proxy.meters()
                            .get("cutover.backend.connections.reset")
                            .counter()
                            .count());
        }
    }

    @Test
    void aStatementThatWaitsForAConnectionCanBeCancelled() throws Exception {
        String user = database.server().user();
        try (Connection holder = proxy.connect(user);
                Connection waiter = proxy.connect(user);
                Statement holds = holder.createStatement();
                Statement waits = waiter.createStatement()) {
            holder.setAutoCommit(false);
            holds.execute("SELECT 1");
            CompletableFuture<SQLException> cancelled = CompletableFuture.supplyAsync(
                    () -> assertThrows(SQLException.class, () -> waits.execute("SELECT 2")));
            assertEquals("57014", cancelUntilDone(waits, cancelled).getSQLState());

            holder.commit();
            assertTrue(waits.execute("SELECT 3"));
        }
    }

    private static SQLException cancelUntilDone(Statement statement, CompletableFuture<SQLException> outcome)
            throws Exception {
        for (int i = 0; i < 600; i++) {
            statement.cancel();
            try {
                return outcome.get(100, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // It did not wait yet.
            }
        }
        throw new AssertionError("the statement was not cancelled");
    }

    private RawClient login() throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }
}
