package dev.cutover.proxy.control;

import dev.cutover.config.MirrorMode;
import dev.cutover.config.runtime.Text;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.resync.Ledger;
import dev.cutover.dualwrite.resync.Marks;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.dualwrite.rewrite.Fallback;
import dev.cutover.dualwrite.rewrite.Fingerprints;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.Planners;
import dev.cutover.dualwrite.rewrite.StatementPlanner;
import dev.cutover.dualwrite.work.BackgroundThread;
import dev.cutover.proxy.control.maintenance.MaintenanceDatabase;
import dev.cutover.proxy.control.maintenance.MaintenanceExhaustedException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tenant's mirroring in one direction while it is on: the plan, the planner that sessions rewrite with, and the thread
 * that carries marked keys over.
 */
final class Mirroring implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Mirroring.class);
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final long IDLE_PAUSE_MILLIS = 50;
    /** Under load, so that marks come together: a step costs nearly the same for ten of them as for a hundred. */
    private static final long GATHERING_MILLIS = 15;
    /** With so many in a step resync is behind, and goes on at once. */
    private static final int MANY = 500;

    private static final long FIRST_ERROR_PAUSE_MILLIS = 100;
    private static final long LONGEST_ERROR_PAUSE_MILLIS = 5_000;
    private static final long LOOK_NANOS = 500_000_000;

    private final MirrorPlan plan;
    private final Placement placement;
    private final ComparedReads reads;
    private final Fallback fallback = new Fallback();
    private final Fingerprints fingerprints = new Fingerprints();
    private final StatementPlanner planner;
    private final Resync resync;
    private final Consumer<String> onTrouble;
    private final Thread worker;
    private final AtomicReference<Transactions.@Nullable Steps> beforeNextStep = new AtomicReference<>();
    private volatile @Nullable String trouble;
    private volatile boolean stopped;

    /** @param onTrouble is told why, on the worker's thread, when the idle side has refused rows or resync fails */
    Mirroring(MirrorPlan plan, Placement placement, ComparedReads reads, Consumer<String> onTrouble) {
        this.plan = plan;
        this.placement = placement;
        this.reads = reads;
        this.planner = Planners.mirroring(plan, fallback, fingerprints);
        this.resync = new Resync(placement, plan);
        this.onTrouble = onTrouble;
        this.worker = new BackgroundThread(this::work, "resync-" + plan.tenant());
    }

    void start() {
        worker.start();
    }

    MirrorPlan plan() {
        return plan;
    }

    StatementPlanner planner() {
        return planner;
    }

    Placement placement() {
        return placement;
    }

    /** What has come of reads that were run on both sides. */
    ComparedReads reads() {
        return reads;
    }

    long rogueMarks() {
        return resync.rogueMarks();
    }

    /** How old the oldest mark is that resync has not carried over. */
    Duration lag() {
        return resync.lag();
    }

    /** The tables whose writes mark for the time being, and why. */
    List<Fallback.Entry> fallback() {
        return fallback.entries();
    }

    /** What clients have sent since this direction began. */
    List<Fingerprints.Seen> statements() {
        return fingerprints.seen();
    }

    /** The cause of refusals is said to be gone: tables without refused rows are written on both sides again. */
    void endFallback() throws SQLException {
        fallback.endExcept(refusedTables());
    }

    private Set<String> refusedTables() throws SQLException {
        if (plan.mode() == MirrorMode.DEFERRED) {
            return Set.of();
        }
        try (Connection connection = placement.serving().getConnection()) {
            return new Ledger(plan).tables(connection);
        }
    }

    /** Why resync does not get on; null while it does. */
    @Nullable String trouble() {
        return trouble;
    }

    /** The idle side has to be put right before anything is carried over; done as soon as it answers. */
    void beforeNextStep(Transactions.Steps steps) {
        beforeNextStep.set(steps);
    }

    /**
     * Resyncs until at most so many marks are left, those that the idle side refuses not counted, or the time is over. The
     * worker and this may run at the same time: a step is done by one of them.
     *
     * @return the marks that are left
     */
    Marks.Count drain(Duration timeout, long left) throws SQLException {
        Marks marks = new Marks(plan);
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            step();
            try (Connection connection = placement.serving().getConnection()) {
                Marks.Count count = marks.count(connection);
                if (count.pending() - count.failed() <= left || System.nanoTime() - deadline >= 0) {
                    return count;
                }
            }
        }
    }

    /** As {@link Resync#putBack}. */
    Map<UUID, Integer> putBack(Ledger.Selection selection, UUID after, UUID last, int limit) throws SQLException {
        return resync.putBack(selection, after, last, limit);
    }

    /** As {@link Resync#step}, once the idle side has been put right. */
    int step() throws SQLException {
        Transactions.Steps first = beforeNextStep.get();
        if (first != null) {
            Transactions.once(placement.idle(), LOCK_TIMEOUT, first.asWork());
            beforeNextStep.compareAndSet(first, null);
        }
        return resync.step();
    }

    private void work() {
        long errorPause = FIRST_ERROR_PAUSE_MILLIS;
        long refusalsSeen = -1;
        long lookedAt = System.nanoTime();
        while (!stopped) {
            long pause;
            long refusals = resync.refusals();
            // The places are taken before the step's lock: a flip may wait for that one with places of its own.
            try (MaintenanceDatabase.Hold places = reserve()) {
                pause = pauseAfter(step());
                resync.tidy();
                // While resync lags, rows that will be refused are still to be tried.
                boolean dueToLook = System.nanoTime() - lookedAt > LOOK_NANOS
                        && resync.lag().toNanos() < LOOK_NANOS;
                if (resync.refusals() != refusalsSeen
                        || (dueToLook && !fallback.marking().isEmpty())) {
                    refusalsSeen = resync.refusals();
                    lookedAt = System.nanoTime();
                    fallback.look(refusedTables());
                }
                trouble = null;
                errorPause = FIRST_ERROR_PAUSE_MILLIS;
                if (resync.refusals() > refusals) {
                    onTrouble.accept("the idle side refused a row: " + resync.lastRefusal());
                    pause = IDLE_PAUSE_MILLIS;
                }
            } catch (SQLException | RuntimeException e) {
                if (stopped) {
                    return;
                }
                pause = errorPause;
                errorPause = Math.min(LONGEST_ERROR_PAUSE_MILLIS, 2 * errorPause);
                if (MaintenanceExhaustedException.caused(e)) {
                    // Says nothing about the idle side: the tenant stays READY.
                    LOG.warn("resync waits for a connection tenant={} error={}", plan.tenant(), Text.firstLine(e));
                } else {
                    failed(e);
                }
            } catch (OutOfMemoryError e) {
                // What the step held is garbage now. Its connections are closed: nobody knows what they have read.
                pause = LONGEST_ERROR_PAUSE_MILLIS;
                failed(new IllegalStateException(
                        "the proxy's heap is too small for a row: give it more memory, by -Xmx"));
            }
            if (pause > 0 && !stopped) {
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }

    private MaintenanceDatabase.Hold reserve() throws SQLException {
        return placement.serving().unwrap(MaintenanceDatabase.class).reserve();
    }

    private static long pauseAfter(int marks) {
        if (marks == 0) {
            return IDLE_PAUSE_MILLIS;
        }
        return marks < MANY ? GATHERING_MILLIS : 0;
    }

    private void failed(Exception e) {
        String reason = Text.firstLine(e);
        if (!reason.equals(trouble)) {
            LOG.warn("resync stalled, will retry tenant={} error={}", plan.tenant(), reason);
        }
        trouble = reason;
        onTrouble.accept("resync failed: " + reason);
    }

    /** Waits for the step that is at work; none comes after it. */
    @Override
    public void close() {
        reads.close();
        resync.stop();
        stopped = true;
        worker.interrupt();
    }
}
