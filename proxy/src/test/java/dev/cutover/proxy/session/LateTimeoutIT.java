// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A statement timeout that passes behind the last check of its statement fails the next message on that connection. */
@ExtendWith(PostgresExtension.class)
final class LateTimeoutIT {
    /** To forget so many statements takes longer than the timeout, and DISCARD ALL does not check that any more. */
    @Test
    void thatPassesInAResetEndsNobodysSession(TestDatabase database) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.start(database, 1)) {
            for (int round = 0; round < 3; round++) {
                try (RawClient hasty = login(proxy, database)) {
                    prepare(hasty, 4000);
                    hasty.query("SET statement_timeout = 2").summary();
                    try (RawClient other = login(proxy, database)) {
                        assertEquals("TDC[SELECT 1]ZI", other.query("SELECT 1").summary());
                    }
                }
            }
        }
    }

    private static void prepare(RawClient client, int statements) throws Exception {
        for (int first = 0; first < statements; first += 100) {
            StringBuilder sql = new StringBuilder();
            for (int i = first; i < first + 100; i++) {
                sql.append("PREPARE p")
                        .append(i)
                        .append(" AS SELECT ")
                        .append(i)
                        .append(';');
            }
            client.query(sql.toString()).untilReady();
        }
    }

    private static RawClient login(ProxyFixture proxy, TestDatabase database) throws Exception {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }
}
