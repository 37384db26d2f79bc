// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.TenantStatus.Revoked;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Status and history name the event that revoked READY, also after a restart; a clean verification ends that. */
@ExtendWith(PostgresExtension.class)
class RevokedReadyIT {
    private static final String TABLES = """
            CREATE TABLE v1.people (id int PRIMARY KEY, name text);
            CREATE TABLE v2.people (id int PRIMARY KEY, name text);
            INSERT INTO v1.people SELECT i, 'Person ' || i FROM generate_series(1, 100) AS i;
            """;

    private static Lifecycle ready(TestServer server) throws Exception {
        Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY);
        cutover.run("prepare", "mirror", "backfill");
        assertNull(cutover.status().readyRevoked());
        cutover.run("verify");
        return cutover;
    }

    private static void told(Lifecycle cutover, String reason) throws Exception {
        cutover.awaitPhase(Phase.MIRRORING);
        Revoked revoked = cutover.status().readyRevoked();
        assertNotNull(revoked);
        assertTrue(revoked.reason().startsWith(reason), revoked::reason);
        assertTrue(
                cutover.history().stream()
                        .anyMatch(entry -> entry.command().equals("phase")
                                && entry.at().equals(revoked.at())
                                && entry.message()
                                        .contains("from READY; blue serves, epoch 2; READY was revoked: " + reason)),
                () -> String.valueOf(revoked));
        cutover.restart();
        assertEquals(revoked, cutover.status().readyRevoked());
    }

    @Test
    void aDifference(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.app().execute("ALTER TABLE v2.people DISABLE TRIGGER ALL; DELETE FROM v2.people WHERE id = 7");
            cutover.attempt("verify", VerbRequest.PLAIN);

            told(cutover, "a verification found that 1 of 100 rows differ, for example people [7]");
            cutover.attempt("verify", new VerbRequest.Verify(true, null, null));
            cutover.awaitNoMarks();
            cutover.run("verify");
            assertNull(cutover.status().readyRevoked());
        }
    }

    @Test
    void aRowThatTheIdleSideRefuses(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.app()
                    .execute("ALTER TABLE v2.people ADD CONSTRAINT sober CHECK (name <> 'Nobody');"
                            + " UPDATE v1.people SET name = 'Nobody' WHERE id = 7");

            told(cutover, "the idle side refused a row: people: 23514 ERROR: new row for relation \"people\" violates");
        }
    }
}
