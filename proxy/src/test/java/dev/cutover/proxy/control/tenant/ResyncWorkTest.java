// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mirror.Fallback;
import dev.cutover.proxy.control.maintenance.Hold;
import dev.cutover.proxy.control.maintenance.MaintenanceDatabase;
import dev.cutover.proxy.control.maintenance.MaintenancePool;
import dev.cutover.proxy.control.maintenance.Reservations;
import dev.cutover.proxy.control.schedule.ResyncTurns;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class ResyncWorkTest {
    private long now;
    private final List<String> revoked = new ArrayList<>();

    @Test
    void exhaustedConnectionsRevokeNothingAndAreNoTrouble() throws Exception {
        MaintenanceDatabase full = new MaintenanceDatabase(
                new MaintenancePool("main", "app", "keeper", new PGSimpleDataSource()),
                new Reservations(Duration.ofMillis(1)));
        occupy(full);
        ResyncWork work = work(new Steps() {
            @Override
            public Hold reserve() throws SQLException {
                return full.reserve();
            }
        });
        assertFalse(work.turn() == ResyncTurns.UNTIL_MARKED);
        assertNull(work.trouble());
        assertEquals(List.of(), revoked);
    }

    @Test
    void aStepThatFailsIsTroubleAndIsRetried() {
        ResyncWork work = work(new Steps());
        assertFalse(work.turn() == ResyncTurns.UNTIL_MARKED);
        assertNotNull(work.trouble());
        assertEquals(List.of("resync failed: away"), revoked);
    }

    @Test
    void anErrorOfAStepIsTroubleAndIsRetried() {
        ResyncWork work = work(new Steps() {
            @Override
            public Hold reserve() {
                throw new StackOverflowError();
            }
        });
        assertFalse(work.turn() == ResyncTurns.UNTIL_MARKED);
        assertEquals("java.lang.StackOverflowError", work.trouble());
        assertEquals(List.of("resync failed: java.lang.StackOverflowError"), revoked);
    }

    @Test
    void aStoppedTurnTellsNothing() {
        ResyncWork work = work(new Steps());
        work.stop();
        assertEquals(ResyncTurns.UNTIL_MARKED, work.turn());
        assertEquals(List.of(), revoked);
    }

    @Test
    void aTurnWaitsFromTheMarkUntilAWorkerBeginsIt() {
        ResyncWork work = work(new Steps());
        work.marked();
        now += 3_000_000_000L;

        assertEquals(Duration.ofSeconds(3), work.waited());
        work.turn();
        assertEquals(Duration.ZERO, work.waited());
    }

    private static void occupy(MaintenanceDatabase database) throws Exception {
        long places =
                database.pool().usage().mapToInt(MaintenancePool.Places::limit).sum();
        for (int i = 0; i < places; i++) {
            Thread thread = new Thread(() -> {
                try {
                    database.reserve();
                } catch (SQLException e) {
                    // It is full.
                    return;
                }
            });
            thread.start();
            thread.join(TimeUnit.SECONDS.toMillis(60));
        }
    }

    private ResyncWork work(ResyncWork.Steps steps) {
        // None of these turns comes to the end of its step.
        return new ResyncWork("acme", TransitionSchema.USUAL, steps, null, new Fallback(), revoked::add, () -> now);
    }

    /** A server that is away. */
    private static class Steps implements ResyncWork.Steps {
        @Override
        public Hold reserve() throws SQLException {
            throw new SQLException("away", "08006");
        }

        @Override
        public int step() {
            throw new AssertionError("there are no places");
        }

        @Override
        public Set<String> refusedTables() {
            throw new AssertionError("there are no places");
        }
    }
}
