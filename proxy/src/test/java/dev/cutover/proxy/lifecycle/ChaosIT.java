// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.wire.Transport;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fifty clients on four server connections while a tenant flips: some count, the others cancel, end their own backend, reset
 * their connection in the middle of a result or of a transaction, and run into timeouts. Nothing of that reaches those that
 * count, and nothing is left of it.
 */
@ExtendWith(PostgresExtension.class)
@Tag("slow")
final class ChaosIT {
    /** A longer run is asked for by {@code -Dcutover.chaos.flips=500}. */
    private static final int FLIPS = Integer.getInteger("cutover.chaos.flips", 25);

    private static final int CONNECTIONS = 4;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String OPEN_TRANSACTIONS = "SELECT query FROM pg_stat_activity"
            + " WHERE datname = current_database() AND state LIKE 'idle in transaction%'";

    @AfterEach
    void forgetTheTransport() {
        System.clearProperty(Transport.PROPERTY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio"})
    void troubleStaysWithWhoMakesIt(String transport, TestServer server) throws Exception {
        System.setProperty(Transport.PROPERTY, transport);
        try (Lifecycle cutover = Lifecycle.startWithFew(server, ChaosClients.TABLES, CONNECTIONS)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            try (ChaosClients clients = ChaosClients.start(cutover)) {
                for (int flip = 0; flip < FLIPS; flip++) {
                    cutover.run(flip % 2 == 0 ? "flip" : "rollback");
                    clients.awaitProgress();
                }

                clients.stop();
                assertEquals(List.of(), clients.errors());
                clients.assertAllMadeTrouble();
                cutover.run("verify");
                cutover.awaitNoMarks();
                for (String side : List.of("v1", "v2")) {
                    assertEquals(
                            List.of(Long.toString(clients.counted())),
                            cutover.app().query("SELECT sum(n) FROM " + side + ".counter"),
                            side);
                }
            }
            Eventually.until(
                    "no session", PATIENCE, () -> cutover.status().traffic().sessions() == 0);
            assertEveryConnectionServes(cutover);
            Eventually.until("no transaction", PATIENCE, () -> cutover.app()
                    .query(OPEN_TRANSACTIONS)
                    .isEmpty());
        }
    }

    /** A connection that was lost to the pool would leave one of these clients waiting until it gets 53300. */
    private static void assertEveryConnectionServes(Lifecycle cutover) throws Exception {
        List<Connection> all = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                Connection connection = cutover.connect("acme");
                all.add(connection);
                connection.setAutoCommit(false);
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SELECT 1");
                }
            }
        } finally {
            for (Connection connection : all) {
                connection.close();
            }
        }
    }
}
