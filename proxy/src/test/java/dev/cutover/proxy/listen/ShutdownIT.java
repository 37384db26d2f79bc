// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.listen;

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
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
final class ShutdownIT {
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
    void aRunningTransactionMayEndAndAnIdleClientIsToldToGo() throws Exception {
        try (RawClient idle = login();
                RawClient busy = login()) {
            busy.query("BEGIN").query("INSERT INTO item VALUES (1, 'kept')");
            busy.summary();
            busy.summary();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> drain(Duration.ofSeconds(30)));
            assertEquals("57P01", RawClient.field(idle.read(), 'C'));
            busy.query("COMMIT");
            assertEquals("C[COMMIT]ZI", busy.summary());
            closing.join();
            assertTrue(busy.closedByPeer());
        }
        assertEquals(List.of("kept"), database.query("SELECT name FROM blue.item"));
    }

    @Test
    void afterTheDeadlineEveryoneGoes() throws Exception {
        try (RawClient busy = login()) {
            busy.query("BEGIN").summary();
            drain(Duration.ZERO);
            assertEquals("57P01", RawClient.field(busy.read(), 'C'));
        }
    }

    private void drain(Duration deadline) {
        try {
            proxy.server().drainAndClose(deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private RawClient login() throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }
}
