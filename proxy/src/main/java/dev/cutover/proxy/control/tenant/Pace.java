// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.BackfillPolicy;
import dev.cutover.config.adminapi.Pacing;
import dev.cutover.config.text.OneLine;
import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.worker.Pause;
import dev.cutover.dualwrite.worker.Throttle;
import dev.cutover.proxy.route.Latencies;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a tenant's backfill or verification back: while it is paused, while a replica is behind, to a rate, and so that clients do
 * not suffer.
 *
 * <p>Whether they do is told by the proxy's own measurements: the slowest hundredth of all transactions is compared with that of
 * those beside which no chunk was running. Beside clients chunks are short and copied one at a time, and until clients are known to
 * bear more with a rest behind each ({@link ChunkPauses}). A tenant without traffic is not waited for.
 */
public final class Pace implements Throttled, Throttle, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pace.class);
    private static final long SLICE_MILLIS = 20;
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final long LONGEST_REST_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** Before the first chunk, so that there is something to compare with. */
    private static final Duration CALM = Duration.ofSeconds(2);

    private static final Duration GLANCE = Duration.ofMillis(200);
    /** Beside clients: their commits wait until what a chunk has logged is on disk too. */
    private static final long SHORT_CHUNK_NANOS = TimeUnit.MILLISECONDS.toNanos(15);

    private final Tenant tenant;
    private final Pacing pacing;
    private final DataSource serving;
    private final Latencies latencies = new Latencies();
    private final Deadline calm = Deadline.after(CALM);
    private final Deadline glance = Deadline.after(GLANCE);

    private final ThreadLocal<Long> chunkBegan = ThreadLocal.withInitial(() -> 0L);
    private @Nullable Thread turn;
    private final ChunkPauses rests = new ChunkPauses();
    private boolean begun;
    private final RateLimit rate = new RateLimit(System::nanoTime);
    private Deadline nextLook = Deadline.after(LOOK);
    private Deadline nextLookForPause = Deadline.after(LOOK);
    private @Nullable String behind;
    private volatile @Nullable String reason;

    private Pace(Tenant tenant, Pacing pacing, DataSource serving) {
        this.tenant = tenant;
        this.pacing = pacing;
        this.serving = serving;
    }

    /** Holds back what begins now, until it is closed. @param again whether a pause from before a restart still holds */
    public static Pace begin(Tenant tenant, DataSource serving, @Nullable Pacing pacing, boolean again)
            throws SQLException {
        try (Connection connection = serving.getConnection()) {
            if (!again) {
                Pause.set(connection, tenant.transition(), tenant.name(), false);
            }
            tenant.paused(again && Pause.holds(connection, tenant.transition(), tenant.name()));
        }
        Pace pace = new Pace(tenant, pacing == null ? Pacing.CONFIGURED : pacing, serving);
        tenant.pace(pace);
        tenant.routing().latencies(pace.latencies);
        return pace;
    }

    @Override
    public void close() {
        tenant.routing().latencies(null);
        tenant.pace(null);
    }

    public int workers() {
        Integer asked = pacing.workers();
        return asked == null ? policy().workers() : asked;
    }

    private BackfillPolicy policy() {
        return tenant.config().backfill();
    }

    @Override
    public @Nullable String reason() {
        return reason;
    }

    @Override
    public boolean await(BooleanSupplier stopped) throws InterruptedException {
        awaitCalm(stopped);
        beginCarefully();
        while (!stopped.getAsBoolean()) {
            lookForPause();
            String hindrance = tenant.paused() ? "it is paused" : hindrance();
            if (hindrance == null) {
                latencies.begin();
                chunkBegan.set(System.nanoTime());
                return true;
            }
            reason = hindrance;
            Thread.sleep(SLICE_MILLIS);
        }
        return false;
    }

    /** An operator may have asked another proxy to pause or resume. */
    private synchronized void lookForPause() {
        if (!nextLookForPause.passed()) {
            return;
        }
        nextLookForPause = Deadline.after(LOOK);
        int before = tenant.pauses();
        try (Connection connection = serving.getConnection()) {
            tenant.pausedInDatabase(Pause.holds(connection, tenant.transition(), tenant.name()), before);
        } catch (SQLException e) {
            // The work itself needs the database, and says so.
            LOG.debug("cannot read whether the work is paused tenant={} reason={}", tenant.name(), OneLine.of(e));
        }
    }

    /** Transactions that nothing disturbs, for a moment; a glance where there are none. */
    private void awaitCalm(BooleanSupplier stopped) throws InterruptedException {
        while (policy().maxSlowdown() > 0 && !stopped.getAsBoolean()) {
            if (calm.passed() || (glance.passed() && !latencies.any())) {
                return;
            }
            Thread.sleep(SLICE_MILLIS);
        }
    }

    private synchronized void beginCarefully() {
        if (!begun) {
            begun = true;
            rests.beside(policy().maxSlowdown() > 0 && latencies.any());
            nextLook = Deadline.after(LOOK);
        }
    }

    /** Why the calling worker must not begin a chunk now; null if it may. */
    private synchronized @Nullable String hindrance() {
        BackfillPolicy now = policy();
        look(now);
        if (behind != null) {
            return behind;
        }
        if (rate.holds()) {
            return "it keeps to its rate";
        }
        if (rests.gentle()) {
            if (turn != null && turn != Thread.currentThread()) {
                return "chunks take turns beside clients";
            }
            turn = Thread.currentThread();
        }
        if (rests.now() == 0) {
            reason = null;
        }
        return null;
    }

    @Override
    public synchronized long chunkNanos() {
        return rests.gentle() ? SHORT_CHUNK_NANOS : LONG_CHUNK_NANOS;
    }

    @Override
    public void passed(long rows) {
        latencies.end();
        long took = System.nanoTime() - chunkBegan.get();
        long restNanos;
        synchronized (this) {
            Integer asked = pacing.rate();
            rate.passed(rows, took, asked == null ? policy().rate() : asked);
            restNanos = Math.min(LONGEST_REST_NANOS, (long) (took * rests.now()));
        }
        if (restNanos > 0) {
            try {
                TimeUnit.NANOSECONDS.sleep(restNanos);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        synchronized (this) {
            if (turn == Thread.currentThread()) {
                turn = null;
            }
        }
    }

    private void look(BackfillPolicy now) {
        if (!nextLook.passed()) {
            return;
        }
        nextLook = Deadline.after(LOOK);
        behind = replicaBehind(now.maxReplicaLag());
        Latencies.View view = latencies.take();
        if (rests.look(view, now.maxSlowdown())) {
            reason = String.format(
                    Locale.ROOT,
                    "the slowest hundredth of the clients' transactions takes %.1f times as long beside it",
                    view.slowdown());
        }
    }

    private @Nullable String replicaBehind(Duration most) {
        if (most.isZero()) {
            return null;
        }
        try (Connection connection = serving.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT extract(epoch FROM max(replay_lag)) FROM pg_stat_replication WHERE state = 'streaming'");
                ResultSet row = statement.executeQuery()) {
            row.next();
            double seconds = row.getDouble(1);
            return seconds * 1_000 > most.toMillis()
                    ? String.format(Locale.ROOT, "a replica is %.0f s behind", seconds)
                    : null;
        } catch (SQLException e) {
            LOG.warn("the lag of replicas cannot be read tenant={} error={}", tenant.name(), e.getMessage());
            return null;
        }
    }
}
