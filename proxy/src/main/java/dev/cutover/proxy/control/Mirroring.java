package dev.cutover.proxy.control;

import dev.cutover.dualwrite.resync.Marks;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.Planners;
import dev.cutover.dualwrite.rewrite.StatementPlanner;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tenant's mirroring in one direction while it is on: the plan, the planner that sessions rewrite with, and the thread
 * that carries marked keys over.
 */
final class Mirroring implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Mirroring.class);
    private static final long IDLE_PAUSE_MILLIS = 50;
    private static final long ERROR_PAUSE_MILLIS = 1_000;

    private final MirrorPlan plan;
    private final DataSource database;
    private final StatementPlanner planner;
    private final Resync resync;
    private final Runnable onRefusal;
    private final Thread worker;
    private volatile boolean stopped;

    /** @param onRefusal is told, on the worker's thread, when the idle side has refused rows */
    Mirroring(MirrorPlan plan, DataSource database, Runnable onRefusal) {
        this.plan = plan;
        this.database = database;
        this.planner = Planners.mirroring(plan);
        this.resync = new Resync(database, plan);
        this.onRefusal = onRefusal;
        this.worker = new Thread(this::work, "resync-" + plan.tenant());
        worker.setDaemon(true);
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

    DataSource database() {
        return database;
    }

    long rogueMarks() {
        return resync.rogueMarks();
    }

    /**
     * Resyncs until at most so many marks are left, those that the idle side refuses not counted, or the time is over. The worker and this may run at the same time: a step is done by
     * one of them.
     *
     * @return the marks that are left
     */
    Marks.Count drain(Duration timeout, long left) throws SQLException {
        Marks marks = new Marks(plan.tenant());
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            try (Connection connection = database.getConnection()) {
                Marks.Count count = marks.count(connection);
                if (count.pending() - count.failed() <= left || System.nanoTime() - deadline >= 0) {
                    return count;
                }
            }
            resync.step();
        }
    }

    private void work() {
        while (!stopped) {
            long pause;
            long refusals = resync.refusals();
            try {
                pause = resync.step() > 0 ? 0 : IDLE_PAUSE_MILLIS;
                if (resync.refusals() > refusals) {
                    onRefusal.run();
                    pause = IDLE_PAUSE_MILLIS;
                }
            } catch (SQLException | RuntimeException e) {
                LOG.warn("resync failed, will go on tenant={} error={}", plan.tenant(), Text.firstLine(e));
                pause = ERROR_PAUSE_MILLIS;
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

    /** Waits for the step that is at work; none comes after it. */
    @Override
    public void close() {
        resync.stop();
        stopped = true;
        worker.interrupt();
    }
}
