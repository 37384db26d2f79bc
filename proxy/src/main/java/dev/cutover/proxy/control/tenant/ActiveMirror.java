// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.MirrorMode;
import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.mark.Ledger;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.mirror.Fallback;
import dev.cutover.dualwrite.mirror.Fingerprints;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.proxy.control.maintenance.Hold;
import dev.cutover.proxy.control.maintenance.MaintenanceDatabase;
import dev.cutover.proxy.control.schedule.ResyncSchedule;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's mirroring in one direction while it is on: the plan, the planner that sessions rewrite with, and the turns
 * in which marked keys are carried over.
 */
public final class ActiveMirror implements ResyncWork.Steps, AutoCloseable {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);

    private final MirrorPlan plan;
    private final Placement placement;
    private final ComparedReads reads;
    private final Fallback fallback = new Fallback();
    private final Fingerprints fingerprints = new Fingerprints();
    private final StatementPlanner planner;
    private final Resync resync;
    private final ResyncWork work;
    private final ResyncSchedule schedule;
    private final AtomicReference<Transactions.@Nullable Steps> beforeNextStep = new AtomicReference<>();
    /** Held while the idle side is put right before a step. */
    private final Object preparing = new Object();

    private boolean suspended;
    private volatile ResyncSchedule.@Nullable Entry scheduled;

    /** @param onTrouble receives the reason, on a worker's thread, when the idle side refuses rows or resync fails */
    ActiveMirror(
            MirrorPlan plan,
            Placement placement,
            ComparedReads reads,
            ResyncSchedule schedule,
            Consumer<String> onTrouble) {
        this.plan = plan;
        this.placement = placement;
        this.reads = reads;
        this.schedule = schedule;
        this.planner = Planners.mirroring(plan, fallback, fingerprints);
        this.resync = new Resync(placement, plan);
        this.work =
                new ResyncWork(plan.tenant(), plan.transition(), this, resync, fallback, onTrouble, System::nanoTime);
    }

    void start() {
        scheduled = schedule.add(work, placement);
    }

    /**
     * Waits for the step of resync that is running. None comes after it, until {@link #resume}; nor does what was to be done before the
     * next one, which would raise the fence on a side that serves by then.
     */
    public void suspend() {
        synchronized (preparing) {
            suspended = true;
        }
        resync.stop();
    }

    /** Safe to repeat. */
    public void resume() {
        synchronized (preparing) {
            suspended = false;
        }
        resync.resume();
        work.wants();
    }

    /** Whether resync is running here. A proxy that does not lead the tenant only plans its clients' statements. */
    public boolean carries() {
        return scheduled != null;
    }

    /** Whether writes to some table mark for the time being. */
    public boolean marks() {
        return !fallback.marking().isEmpty();
    }

    /** Tables that mark write both sides again when no row of theirs is refused any more. For a proxy that does not carry. */
    public void lookAtFallback() throws SQLException {
        if (!fallback.marking().isEmpty()) {
            fallback.look(refusedTables());
        }
    }

    public MirrorPlan plan() {
        return plan;
    }

    public StatementPlanner planner() {
        return planner;
    }

    public Placement placement() {
        return placement;
    }

    /** What has come of reads that were run on both sides. */
    public ComparedReads reads() {
        return reads;
    }

    public long rogueMarks() {
        return resync.rogueMarks();
    }

    /** How old the oldest mark is that resync has not carried over. */
    public Duration lag() {
        Duration lag = resync.lag();
        Duration waited = work.waited();
        return waited.compareTo(lag) > 0 ? waited : lag;
    }

    /** The tables whose writes mark for the time being, and why. */
    public List<Fallback.Entry> fallback() {
        return fallback.entries();
    }

    /** What clients have sent since this direction began. */
    public List<Fingerprints.Seen> statements() {
        return fingerprints.seen();
    }

    /** The cause of refusals is said to be gone: tables without refused rows are written on both sides again. */
    public void endFallback() throws SQLException {
        fallback.endExcept(refusedTables());
    }

    @Override
    public Set<String> refusedTables() throws SQLException {
        if (plan.mode() == MirrorMode.DEFERRED) {
            return Set.of();
        }
        try (Connection connection = placement.serving().getConnection()) {
            return new Ledger(plan).tables(connection);
        }
    }

    /** For how long a step of resync has been due that no thread has begun. */
    public Duration overdue() {
        return work.waited();
    }

    /** Why resync stalled; null while it runs. */
    public @Nullable String trouble() {
        return work.trouble();
    }

    /** The idle side has to be put right before anything is carried over; done as soon as it answers. */
    public void beforeNextStep(Transactions.Steps steps) {
        beforeNextStep.set(steps);
        work.wants();
    }

    /**
     * Resyncs until at most {@code left} marks are left, those that the idle side refuses not counted, or the time is over. The
     * worker and this may run at the same time: a step is done by one of them.
     *
     * @return the marks that are left
     */
    public Marks.Count drain(Duration timeout, long left) throws SQLException {
        Marks marks = new Marks(plan);
        Deadline deadline = Deadline.after(timeout);
        while (true) {
            step();
            try (Connection connection = placement.serving().getConnection()) {
                Marks.Count count = marks.count(connection);
                if (count.pending() - count.failed() <= left || deadline.passed()) {
                    return count;
                }
            }
        }
    }

    /** As {@link Resync#putBack}. */
    public Map<UUID, Integer> putBack(Ledger.Selection selection, UUID after, UUID last, int limit)
            throws SQLException {
        return resync.putBack(selection, after, last, limit);
    }

    /** As {@link Resync#step}, once the idle side has been put right. */
    @Override
    public int step() throws SQLException {
        synchronized (preparing) {
            Transactions.Steps first = suspended ? null : beforeNextStep.get();
            if (first != null) {
                Transactions.once(placement.idle(), LOCK_TIMEOUT, first.asWork());
                beforeNextStep.compareAndSet(first, null);
            }
        }
        return resync.step();
    }

    @Override
    public Hold reserve() throws SQLException {
        return MaintenanceDatabase.of(placement.serving()).reserve();
    }

    /** Waits for the step that is running; none comes after it. */
    @Override
    public void close() {
        reads.close();
        work.stop();
        ResyncSchedule.Entry entry = scheduled;
        if (entry != null) {
            entry.close();
        }
        resync.stop();
    }
}
