// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.schedule;

import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.worker.BackgroundThread;
import dev.cutover.proxy.control.maintenance.MaintenanceExhaustedException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The turns of the tenants that one database serves, and the look for marks there.
 *
 * <p>One thread looks, for all idle tenants at once: often while there are marks, and less often when there were none for a while.
 * Workers run the turns in the order in which they come due; a turn is one step, so a tenant with many marks has its next turn
 * behind those of all others. Both kinds of threads end when there is nothing for them to do.
 *
 * <p>No mark is overlooked: a tenant is idle only after a turn that found none, and whatever is committed after that is seen by
 * the next look. If the database cannot be looked at, every tenant has its turn and finds out for itself.
 */
final class DatabaseSchedule {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseSchedule.class);
    private static final int WORKERS = 8;
    private static final int WORKER_IDLE_SECONDS = 5;
    private static final long AFTER_BUG_MILLIS = 5_000;

    private final String name;
    private final MarkLook look;
    private final ThreadPoolExecutor workers;
    /** Those that are served here. */
    private final List<ScheduledTenant> own = new ArrayList<>();
    /** Those whose idle side lies here: somebody may have marked it. Their turns are run where they are served. */
    private final List<Guest> guests = new ArrayList<>();

    private final LongSupplier clock;
    private final LookPause pause;
    private @Nullable Thread listener;
    private boolean closed;

    private record Guest(ScheduledTenant tenant, DatabaseSchedule home) {}

    /**
     * @param name of its threads
     * @param clock as {@link System#nanoTime}
     */
    DatabaseSchedule(String name, MarkLook look, LongSupplier clock) {
        this.name = name;
        this.clock = clock;
        this.pause = new LookPause(clock);
        this.look = look;
        this.workers = new ThreadPoolExecutor(
                WORKERS,
                WORKERS,
                WORKER_IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new BackgroundThread(task, "resync-" + name));
        workers.allowCoreThreadTimeOut(true);
    }

    /** Its first turn is due at once. */
    synchronized void add(ScheduledTenant tenant) {
        own.add(tenant);
        listen();
    }

    synchronized void addGuest(ScheduledTenant tenant, DatabaseSchedule home) {
        guests.add(new Guest(tenant, home));
        listen();
    }

    /** The tenant is removed already. */
    synchronized void forget(ScheduledTenant tenant) {
        own.remove(tenant);
        guests.removeIf(guest -> guest.tenant() == tenant);
        notifyAll();
    }

    synchronized void close() {
        closed = true;
        notifyAll();
        workers.shutdownNow();
    }

    private void listen() {
        if (listener == null && !closed && !(own.isEmpty() && guests.isEmpty())) {
            Thread next = new BackgroundThread(this::run, "marks-" + name);
            try {
                next.start();
                listener = next;
            } catch (Error e) {
                // For want of memory.
                LOG.error("the look for marks has no thread, will retry database={}", name, e);
                beginTurns();
                CompletableFuture.delayedExecutor(AFTER_BUG_MILLIS, TimeUnit.MILLISECONDS, Runnable::run)
                        .execute(this::changed);
            }
        }
        notifyAll();
    }

    /** A tenant's turn has ended, or is due. */
    private synchronized void changed() {
        beginTurns();
        listen();
    }

    private void beginTurns() {
        for (ScheduledTenant tenant : own) {
            if (!closed && tenant.begin()) {
                try {
                    workers.execute(() -> run(tenant));
                } catch (RuntimeException | Error e) {
                    // No thread could be started, for want of memory. The tenant's turn is due again later.
                    LOG.error("resync has no thread, will retry database={}", name, e);
                    tenant.ended(AFTER_BUG_MILLIS);
                }
            }
        }
    }

    private void run() {
        try {
            lookRepeatedly();
        } finally {
            restart();
        }
    }

    /** The thread ends. If it has failed, another one takes over. */
    private synchronized void restart() {
        if (listener == Thread.currentThread()) {
            LOG.error("the look for marks has failed and begins again database={}", name);
            listener = null;
            listen();
        }
    }

    private void lookRepeatedly() {
        // Not at once: the look may have failed a moment ago.
        long nextLook = clock.getAsLong() + pause.begun();
        while (awaitLook(nextLook)) {
            long wait = pause.same();
            try {
                look();
                wait = pause.looked();
            } catch (MaintenanceExhaustedException e) {
                LOG.warn("marks not looked at database={} error={}", name, OneLine.of(e));
            } catch (SQLException | RuntimeException | Error e) {
                // Each tenant tells what it finds.
                LOG.debug("marks not looked at database={}", name, e);
                idle().forEach(this::wake);
                wait = pause.failed();
            }
            nextLook = clock.getAsLong() + wait;
        }
    }

    /** Starts turns until it is time to look. @return false if there is nobody left to look for */
    private synchronized boolean awaitLook(long nextLook) {
        while (!closed && !(own.isEmpty() && guests.isEmpty())) {
            long wait = nextLook - clock.getAsLong();
            if (wait <= 0) {
                return true;
            }
            beginTurns();
            for (ScheduledTenant tenant : own) {
                wait = Math.min(wait, tenant.nanosLeft());
            }
            try {
                // At least a moment: a wait of 0 has no end.
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(100_000, wait));
            } catch (InterruptedException e) {
                break;
            }
        }
        listener = null;
        return false;
    }

    private void run(ScheduledTenant tenant) {
        long pause = AFTER_BUG_MILLIS;
        try {
            if (!tenant.removed()) {
                pause = tenant.turns().turn();
                if (pause != ResyncTurns.UNTIL_MARKED) {
                    this.pause.active();
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.error("a turn of resync failed tenant={}", tenant.turns().tenant(), e);
        } finally {
            tenant.ended(pause);
            changed();
        }
    }

    private synchronized List<Guest> idle() {
        List<Guest> idle = new ArrayList<>();
        own.stream().filter(ScheduledTenant::idle).forEach(tenant -> idle.add(new Guest(tenant, this)));
        guests.stream().filter(guest -> guest.tenant().idle()).forEach(idle::add);
        return idle;
    }

    private void wake(Guest guest) {
        if (guest.tenant().wake()) {
            guest.home().changed();
        }
    }

    private void look() throws SQLException {
        List<Guest> idle = idle();
        if (idle.isEmpty()) {
            return;
        }
        Set<String> marked =
                look.marked(idle.stream().map(guest -> guest.tenant().turns()).toList());
        for (Guest guest : idle) {
            ResyncTurns turns = guest.tenant().turns();
            if (marked.contains(turns.tenant()) || turns.wantsTurn()) {
                wake(guest);
            }
        }
    }
}
