// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.Side;
import dev.cutover.config.adminapi.ComparedRead;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.readcompare.ReadComparer;
import dev.cutover.dualwrite.readcompare.ReadComparer.Comparison;
import dev.cutover.dualwrite.readcompare.ReadCounts;
import dev.cutover.dualwrite.readcompare.SampledRead;
import dev.cutover.dualwrite.readcompare.Verdict;
import dev.cutover.dualwrite.worker.BackgroundThread;
import dev.cutover.proxy.route.ReadSampling;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reads of a tenant that are run again on both sides, in one direction: sessions put those of the sample into a queue and
 * continue; a thread of its own compares them. Where too many wait, the sample loses some.
 *
 * <p>Nothing is sampled before the backfill has ended: until then the idle side lacks rows.
 */
public final class ComparedReads implements ReadSampling, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ComparedReads.class);
    private static final int MOST_WAITING = 100;
    private static final long LOOK_MILLIS = 200;
    private static final long PAUSE_AFTER_ERROR_MILLIS = 1_000;

    private final MirrorPlan plan;
    private final Placement placement;
    private final ReadTotals totals;
    private final String servingPath;
    private final String idlePath;
    private final ReadCounts counts = new ReadCounts();
    private final BlockingQueue<SampledRead> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private volatile double share;
    private volatile boolean sampling;
    private volatile boolean paused;
    private @Nullable Thread worker;

    /** The worker's; that of a worker which was stopped stays cancelled. */
    private volatile ReadComparer comparer;

    private boolean closed;

    /** @param searchPath a side's, as SQL text */
    ComparedReads(MirrorPlan plan, Placement placement, ReadTotals totals, Function<Side, String> searchPath) {
        this.plan = plan;
        this.placement = placement;
        this.totals = totals;
        this.servingPath = searchPath.apply(plan.serving());
        this.idlePath = searchPath.apply(plan.serving().other());
        this.comparer = newComparer();
    }

    /**
     * So many reads are compared from now on.
     *
     * @param next from 0 to 1
     * @return where sessions are to put them; null if they need not
     */
    synchronized @Nullable ReadSampling share(double next) {
        share = next;
        if (closed || next == 0) {
            stop();
            return null;
        }
        if (worker == null) {
            ReadComparer its = newComparer();
            Thread started = new BackgroundThread(() -> work(its), "compare-reads-" + plan.tenant());
            comparer = its;
            worker = started;
            started.start();
        }
        return this;
    }

    private ReadComparer newComparer() {
        return new ReadComparer(placement, new Marks(plan), servingPath, idlePath);
    }

    private void stop() {
        Thread running = worker;
        worker = null;
        sampling = false;
        waiting.clear();
        if (running != null) {
            running.interrupt();
            comparer.cancel();
        }
    }

    /** No read is run until {@link #resume}; the one that runs is cancelled. */
    public synchronized void pause() {
        paused = true;
        comparer.cancel();
    }

    public synchronized void resume() {
        paused = false;
        if (worker != null) {
            comparer.resume();
        }
    }

    @Override
    public boolean next() {
        return sampling && !paused && ThreadLocalRandom.current().nextDouble() < share;
    }

    @Override
    public void completed(SampledRead read) {
        if (sampling && !waiting.offer(read)) {
            totals.of(ReadOutcome.DROPPED).increment();
        }
    }

    @Override
    public void completedUnreadable(String sql, String why) {
        if (sampling) {
            count(sql, Comparison.incomparable(why));
        }
    }

    public List<ReadCounts.Compared> compared() {
        return counts.compared();
    }

    /** For operators. */
    public static ComparedRead shown(ReadCounts.Compared read) {
        double runs = Math.max(1, read.timed()) * 1e6;
        return new ComparedRead(
                read.statement(),
                read.equal(),
                read.different(),
                read.incomparable(),
                read.difference(),
                read.doubt(),
                read.servingNanos() / runs,
                read.idleNanos() / runs,
                read.slower());
    }

    private void work(ReadComparer its) {
        try {
            awaitBackfill();
            while (current()) {
                compare(its, waiting.take());
            }
        } catch (InterruptedException e) {
            // The share is 0 now, or mirroring ends.
            LOG.debug("reads are no longer compared tenant={}", plan.tenant());
        }
    }

    private synchronized boolean current() {
        return worker == Thread.currentThread();
    }

    private void awaitBackfill() throws InterruptedException {
        while (current() && !backfilled()) {
            Thread.sleep(LOOK_MILLIS);
        }
        synchronized (this) {
            sampling = current();
        }
    }

    private boolean backfilled() {
        try (Connection connection = placement.serving().getConnection()) {
            return Backfill.progress(connection, plan.transition(), plan.tenant())
                    .done();
        } catch (SQLException | RuntimeException | Error e) {
            // The next look may find out. The thread must not end: nobody would start it again.
            LOG.debug("backfill not looked at tenant={}", plan.tenant(), e);
            return false;
        }
    }

    private void compare(ReadComparer its, SampledRead read) throws InterruptedException {
        try {
            count(read.sql(), its.compare(read));
        } catch (SQLException | RuntimeException | Error e) {
            // An error of one read does not end the comparison of others.
            if (current() && !paused) {
                LOG.warn("a read was not compared tenant={} error={}", plan.tenant(), OneLine.of(e));
                count(read.sql(), Comparison.incomparable("a side did not answer"));
                Thread.sleep(PAUSE_AFTER_ERROR_MILLIS);
            } else {
                totals.of(ReadOutcome.DROPPED).increment();
            }
        }
    }

    private void count(String sql, Comparison comparison) {
        counts.count(sql, comparison);
        Verdict verdict = comparison.verdict();
        ReadOutcome outcome = verdict instanceof Verdict.Equal
                ? ReadOutcome.EQUAL
                : verdict instanceof Verdict.Different ? ReadOutcome.DIFFERENT : ReadOutcome.INCOMPARABLE;
        totals.of(outcome).increment();
    }

    /** Does not wait for the read that runs; it is cancelled. */
    @Override
    public synchronized void close() {
        closed = true;
        stop();
    }
}
