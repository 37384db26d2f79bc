// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A tenant that lists its users lets in no others. */
@ExtendWith(PostgresExtension.class)
final class TenantUsersIT {
    private String listed;
    private TwoTenants proxy;

    @BeforeEach
    void start(TestDatabase fresh) throws Exception {
        listed = fresh.server().user();
        fresh.execute("CREATE SCHEMA blue; DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN");
        SessionPolicy policy = new SessionPolicy(0, PoolMode.TRANSACTION, List.of(listed), Replication.REFUSE);
        proxy = TwoTenants.start(fresh, new PoolConfig(2), policy, Duration.ofSeconds(30));
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void whoIsListedIsLetIn() throws IOException {
        try (RawClient client = RawClient.login(proxy.port(), listed, "acme")) {
            assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
        }
    }

    @Test
    void whoIsNotListedIsRefused() throws IOException {
        try (RawClient client = RawClient.open(proxy.port()).startup("stranger", "acme")) {
            Message error = client.read();
            assertEquals("28000", RawClient.field(error, 'C'));
            assertEquals("permission denied for database \"acme\"", RawClient.field(error, 'M'));
            assertEquals("User does not have CONNECT privilege.", RawClient.field(error, 'D'));
        }
    }
}
