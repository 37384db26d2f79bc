// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.PoolConfig;
import dev.cutover.config.PoolMode;
import dev.cutover.config.Replication;
import dev.cutover.config.SessionPolicy;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.testing.RawClient.Message;
import dev.cutover.proxy.testing.TwoTenants;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code idle_session_timeout}: acme is in session mode, globex in transaction mode. */
@ExtendWith(PostgresExtension.class)
final class IdleSessionTimeoutIT {
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

    @ParameterizedTest
    @ValueSource(strings = {"SET idle_session_timeout TO 100", "SET idle_session_timeout = '1s'; SELECT 1"})
    void inTransactionModeALimitIsRefused(String sql) throws Exception {
        try (RawClient client = login("globex", "")) {
            assertEquals("E[0A000]ZI", client.query(sql).summary());
            assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
        }
    }

    @Test
    void inTransactionModeALimitIsRefusedWhenItIsPrepared() throws Exception {
        try (RawClient client = login("globex", "")) {
            client.parse("", "SET idle_session_timeout TO 100")
                    .bind("", "")
                    .execute("")
                    .sync();
            assertEquals("E[0A000]ZI", client.summary());
        }
    }

    @Test
    void inTransactionModeALimitIsRefusedAtTheLogin() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            client.startup(database.server().user(), "globex", "-c idle_session_timeout=100");
            Message error = client.read();
            assertEquals("FATAL", RawClient.field(error, 'S'));
            assertEquals("0A000", RawClient.field(error, 'C'));
            assertTrue(client.closedByPeer());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "'0'", "' 0ms'", "DEFAULT"})
    void inTransactionModeNoLimitIsNotRefused(String value) throws Exception {
        try (RawClient client = login("globex", "-c idle_session_timeout=0")) {
            assertEquals(
                    "C[SET]ZI",
                    client.query("SET idle_session_timeout TO " + value).summary());
        }
    }

    @Test
    void inSessionModeALimitEndsTheSession() throws Exception {
        try (RawClient client = login("acme", "")) {
            client.query("SET idle_session_timeout TO 100").summary();
            Message error = client.read();
            assertEquals(List.of("FATAL", "57P05"), List.of(RawClient.field(error, 'S'), RawClient.field(error, 'C')));
            assertTrue(client.closedByPeer());
        }
    }

    private RawClient login(String tenant, String options) throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), tenant, options);
    }
}
