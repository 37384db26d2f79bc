// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.database.TransitionSchema;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DatabaseScheduleTest {
    private static final long DEADLINE_SECONDS = 60;

    private final Set<String> marks = ConcurrentHashMap.newKeySet();
    private final Semaphore looks = new Semaphore(0);
    private volatile boolean away;

    private final DatabaseSchedule schedule = new DatabaseSchedule(
            "app",
            idle -> {
                looks.release();
                if (away) {
                    throw new SQLException("away");
                }
                return Set.copyOf(marks);
            },
            System::nanoTime);

    @AfterEach
    void tearDown() {
        schedule.close();
    }

    @Test
    void anIdleTenantHasNoTurnUntilItIsMarked() throws Exception {
        Tenant quiet = new Tenant("quiet", () -> ResyncTurns.UNTIL_MARKED);
        Tenant marked = new Tenant("marked", () -> ResyncTurns.UNTIL_MARKED);
        add(quiet);
        add(marked);
        quiet.awaitTurns(1);
        marked.awaitTurns(1);
        awaitLooks(3);
        marks.add("marked");
        marked.awaitTurns(1);
        assertEquals(1, quiet.count.get());
    }

    @Test
    void aTenantWithMuchWorkDoesNotStarveOthers() throws Exception {
        for (int i = 0; i < 20; i++) {
            add(new Tenant("busy" + i, () -> 0));
        }
        Tenant other = new Tenant("other", () -> ResyncTurns.UNTIL_MARKED);
        add(other);
        other.awaitTurns(1);
        for (int i = 0; i < 10; i++) {
            marks.add("other");
            other.awaitTurns(1);
        }
    }

    @Test
    void aTenantWhoseTurnBlocksDelaysNoOther() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Tenant blocked = new Tenant("blocked", () -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return 0;
        });
        Tenant other = new Tenant("other", () -> 0);
        add(blocked);
        blocked.awaitTurns(1);
        add(other);
        other.awaitTurns(10);
    }

    @Test
    void aTurnThatFailsEndsNoWorker() throws Exception {
        for (int i = 0; i < 20; i++) {
            add(new Tenant("broken" + i, () -> {
                throw new OutOfMemoryError("as for a test");
            }));
        }
        Tenant other = new Tenant("other", () -> 0);
        add(other);
        other.awaitTurns(100);
    }

    @Test
    void everyTenantHasATurnIfTheDatabaseCannotBeLookedAt() throws Exception {
        Tenant tenant = new Tenant("tenant", () -> ResyncTurns.UNTIL_MARKED);
        add(tenant);
        tenant.awaitTurns(1);
        away = true;
        tenant.awaitTurns(2);
    }

    @Test
    void aLookThatFailsUnexpectedlyBeginsAgain() throws Exception {
        Tenant failing = new Tenant("failing", () -> ResyncTurns.UNTIL_MARKED);
        add(failing);
        failing.awaitTurns(1);
        failing.bug = true;
        away = true;
        awaitLooks(3);
        failing.bug = false;
        failing.awaitTurns(1);
    }

    @Test
    void aMarkOnTheIdleSideLeadsToATurn() throws Exception {
        Set<String> rogue = ConcurrentHashMap.newKeySet();
        DatabaseSchedule other = new DatabaseSchedule("other", idle -> Set.copyOf(rogue), System::nanoTime);
        Tenant tenant = new Tenant("tenant", () -> ResyncTurns.UNTIL_MARKED);
        ScheduledTenant scheduled = new ScheduledTenant(tenant, System::nanoTime);
        schedule.add(scheduled);
        other.addGuest(scheduled, schedule);
        tenant.awaitTurns(1);
        rogue.add("tenant");
        tenant.awaitTurns(2);
        other.close();
    }

    @Test
    void aRemovedTenantHasNoTurnMore() throws Exception {
        Tenant removed = new Tenant("removed", () -> 0);
        ScheduledTenant scheduled = add(removed);
        removed.awaitTurns(3);
        scheduled.remove();
        schedule.forget(scheduled);
        Tenant other = new Tenant("other", () -> 0);
        add(other);
        other.awaitTurns(1);
        int count = removed.count.get();
        other.awaitTurns(100);
        // One turn may have been running.
        assertTrue(removed.count.get() <= count + 1);
    }

    private ScheduledTenant add(Tenant tenant) {
        ScheduledTenant scheduled = new ScheduledTenant(tenant, System::nanoTime);
        schedule.add(scheduled);
        return scheduled;
    }

    private void awaitLooks(int count) throws InterruptedException {
        looks.drainPermits();
        assertTrue(looks.tryAcquire(count, DEADLINE_SECONDS, TimeUnit.SECONDS));
    }

    /** A tenant whose marks are gone after each turn. */
    private final class Tenant implements ResyncTurns {
        private final String name;
        private final LongSupplier turn;
        private volatile boolean bug;
        private final AtomicInteger count = new AtomicInteger();
        private final Semaphore turns = new Semaphore(0);

        Tenant(String name, LongSupplier turn) {
            this.name = name;
            this.turn = turn;
        }

        @Override
        public String tenant() {
            return name;
        }

        @Override
        public TransitionSchema transition() {
            return TransitionSchema.USUAL;
        }

        @Override
        public void marked() {
            if (bug) {
                throw new IllegalStateException("a bug");
            }
        }

        @Override
        public boolean wantsTurn() {
            return false;
        }

        @Override
        public long turn() {
            marks.remove(name);
            count.incrementAndGet();
            turns.release();
            return turn.getAsLong();
        }

        void awaitTurns(int wanted) throws InterruptedException {
            assertTrue(turns.tryAcquire(wanted, DEADLINE_SECONDS, TimeUnit.SECONDS), List.of(name)::toString);
        }
    }
}
