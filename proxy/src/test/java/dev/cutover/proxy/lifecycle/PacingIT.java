// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Pacing;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.control.ControlPlane.OperationRefused;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A backfill can be held back, paused and resumed while it is at work. */
@ExtendWith(PostgresExtension.class)
class PacingIT {
    private static final String TABLES =
            "CREATE TABLE v1.t (id int PRIMARY KEY, v text); CREATE TABLE v2.t (id int PRIMARY KEY, v text);"
                    + "INSERT INTO v1.t SELECT i, repeat('x', 100) FROM generate_series(1, 50000) AS i";

    /** So slow that it does not end by itself in the time of a test. */
    private static final VerbRequest SLOW = new VerbRequest.Backfill(new Pacing(100, 2));

    @Test
    void aPausedBackfillStaysPausedOverARestartUntilItIsResumed(TestServer server) throws Exception {
        try (Lifecycle acme = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            acme.run("prepare", "mirror");
            acme.begin("backfill", SLOW);
            TenantStatus working = await("the first rows", acme, status -> {
                return status.backfill().rows() > 0;
            });
            assertNotNull(working.work());
            assertFalse(working.work().paused());

            acme.pause(true);
            assertTrue(acme.status().work().paused());
            acme.restart();

            TenantStatus after = await("the backfill runs again", acme, status -> status.work() != null);
            assertTrue(after.work().paused());
            TenantStatus held = await("what holds the backfill back", acme, status -> {
                return status.work().heldBackBy() != null;
            });
            assertEquals("it is paused", held.work().heldBackBy());
            assertFalse(after.backfill().done());
            TenantStatus resumed = acme.pause(false);
            assertTrue(resumed.work() == null || !resumed.work().paused());
            await("the end of the backfill", acme, status -> status.backfill().done() && status.running() == null);
            acme.run("verify");
            assertEquals(Phase.READY, acme.status().phase());
        }
    }

    @Test
    void aRateHoldsABackfillBack(TestServer server) throws Exception {
        try (Lifecycle acme = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            acme.run("prepare", "mirror");

            CompletableFuture<Operation> backfill = acme.begin("backfill", SLOW);

            TenantStatus held = await("what holds the backfill back", acme, status -> {
                return status.work() != null && status.work().heldBackBy() != null;
            });
            assertEquals("it keeps to its rate", held.work().heldBackBy());
            assertFalse(backfill.isDone());
        }
    }

    @Test
    void onlyWhatIsAtWorkCanBePaused(TestServer server) throws Exception {
        try (Lifecycle acme = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            acme.run("prepare", "mirror", "backfill");

            assertThrows(OperationRefused.class, () -> acme.pause(true));
            assertNull(acme.status().work());
        }
    }

    private static TenantStatus await(String what, Lifecycle acme, Predicate<TenantStatus> condition) throws Exception {
        AtomicReference<TenantStatus> last = new AtomicReference<>();
        Eventually.until(what, Duration.ofMinutes(1), () -> {
            last.set(acme.status());
            return condition.test(last.get());
        });
        return last.get();
    }
}
