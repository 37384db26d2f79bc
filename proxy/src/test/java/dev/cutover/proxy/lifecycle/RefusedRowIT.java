// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Trouble of the idle side shows and stops the flip; it does not stop the serving side. */
@ExtendWith(PostgresExtension.class)
class RefusedRowIT {
    private static final String TABLES =
            "CREATE TABLE v1.t (id int PRIMARY KEY, n int); CREATE TABLE v2.t (id int PRIMARY KEY, n int);"
                    + "INSERT INTO v1.t SELECT i, i FROM generate_series(1, 10) AS i;";

    @Test
    void aRowThatTheIdleSideRefusesRevokesReadyUntilItIsMended(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.app().execute("ALTER TABLE v2.t ADD CONSTRAINT small CHECK (n < 100)");

            cutover.app().execute("UPDATE v1.t SET n = 1000 WHERE id = 3");

            Eventually.until("READY is revoked", Duration.ofMinutes(1), () -> {
                return cutover.status().phase() != Phase.READY;
            });
            assertEquals(1, cutover.status().marks().failed());
            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);
            assertEquals(Operation.State.REFUSED, flip.state());
            cutover.app().execute("ALTER TABLE v2.t DROP CONSTRAINT small");
            cutover.awaitNoMarks();
            cutover.run("verify", "flip");
            assertTrue(cutover.app().query("SELECT n FROM v2.t WHERE id = 3").contains("1000"));
        }
    }
}
