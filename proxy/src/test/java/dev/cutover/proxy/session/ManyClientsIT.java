// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.FixtureProcess;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** 5,000 idle connections and 200 active ones before a proxy with 512 MB of heap. */
@ExtendWith(PostgresExtension.class)
final class ManyClientsIT {
    private static final int IDLE = 5000;
    private static final int ACTIVE = 200;
    private static final int TURNS = 20;
    private static final String LOGGED_IN = "SELECT 'yes'";

    @Test
    void allOfThemAreServed(TestDatabase database) throws Exception {
        database.execute("CREATE SCHEMA blue; CREATE TABLE blue.counter (id int PRIMARY KEY, n int);"
                + "INSERT INTO blue.counter SELECT i, 0 FROM generate_series(1, " + ACTIVE + ") AS i");
        List<RawClient> clients = new ArrayList<>();
        try (FixtureProcess proxy = FixtureProcess.start("512m", database, 20)) {
            for (int i = 0; i < IDLE + ACTIVE; i++) {
                clients.add(RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT));
            }
            List<RawClient> active = clients.subList(IDLE, IDLE + ACTIVE);
            for (int turn = 0; turn < TURNS; turn++) {
                for (int i = 0; i < ACTIVE; i++) {
                    active.get(i).query("BEGIN; UPDATE counter SET n = n + 1 WHERE id = " + (i + 1) + "; COMMIT");
                }
                for (RawClient client : active) {
                    assertEquals("C[BEGIN]C[UPDATE 1]C[COMMIT]ZI", client.summary());
                }
            }
            assertEquals(List.of(Integer.toString(ACTIVE * TURNS)), database.query("SELECT sum(n) FROM blue.counter"));
            for (RawClient idle : clients.subList(0, IDLE)) {
                idle.query(LOGGED_IN);
                assertEquals("TDC[SELECT 1]ZI", idle.summary());
            }
            assertTrue(proxy.alive());
        } finally {
            for (RawClient client : clients) {
                close(client);
            }
        }
    }

    private static void close(RawClient client) {
        try {
            client.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
