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

/** Clients that ask for much and read nothing. */
@ExtendWith(PostgresExtension.class)
final class SlowReadersIT {
    private static final int CLIENTS = 1000;
    private static final int BACKENDS = 60;

    /** 100 MB for each client; the proxy has 64 MB of heap and as much beside it. */
    @Test
    void aThousandOfThemFitIntoASmallProcess(TestDatabase database) throws Exception {
        database.execute("CREATE SCHEMA blue");
        List<RawClient> clients = new ArrayList<>();
        try (FixtureProcess proxy = FixtureProcess.start("64m", database, BACKENDS)) {
            int port = proxy.port();
            for (int i = 0; i < CLIENTS; i++) {
                RawClient client = RawClient.login(port, database.server().user(), ProxyFixture.TENANT);
                clients.add(client);
                client.query("SELECT repeat('x', 1000000) FROM generate_series(1, 100)");
            }
            while (!database.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'"
                            + " AND datname = current_database()")
                    .equals(List.of(Integer.toString(BACKENDS)))) {
                Thread.onSpinWait();
            }
            assertTrue(proxy.alive());
            close(clients);
            try (RawClient client = RawClient.login(port, database.server().user(), ProxyFixture.TENANT)) {
                assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
            }
        } finally {
            close(clients);
        }
    }

    private static void close(List<RawClient> clients) throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        clients.clear();
    }
}
