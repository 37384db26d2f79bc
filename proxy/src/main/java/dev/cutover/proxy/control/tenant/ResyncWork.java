// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mirror.Fallback;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.proxy.control.maintenance.Hold;
import dev.cutover.proxy.control.maintenance.MaintenanceExhaustedException;
import dev.cutover.proxy.control.schedule.ResyncTurns;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The turns of one {@link ActiveMirror}: a step of resync each, and what is to be done about its outcome. */
public final class ResyncWork implements ResyncTurns {
    private static final Logger LOG = LoggerFactory.getLogger(ResyncWork.class);
    /** Under load, so that marks come together: a step costs nearly the same for ten of them as for a hundred. */
    private static final long GATHERING_MILLIS = 15;
    /** A step of at least this many marks means that resync lags. The next step begins at once. */
    private static final int MANY = 500;

    private static final long REFUSAL_PAUSE_MILLIS = 50;
    private static final long FIRST_ERROR_PAUSE_MILLIS = 100;
    private static final long LONGEST_ERROR_PAUSE_MILLIS = 5_000;
    private static final long LOOK_NANOS = 500_000_000;

    private final String tenant;
    private final TransitionSchema transition;
    private final Steps steps;
    private final Resync resync;
    private final Fallback fallback;
    private final Consumer<String> onTrouble;
    private long errorPause = FIRST_ERROR_PAUSE_MILLIS;
    private long refusalsSeen = -1;
    private final LongSupplier clock;
    private volatile long lookedAt;
    private volatile long markedAt;
    private volatile boolean waiting;
    private volatile boolean wanted;
    private volatile @Nullable String trouble;
    private volatile boolean stopped;

    /** What a turn does in the databases. */
    interface Steps {
        /** The places that the other methods need. */
        Hold reserve() throws SQLException;

        /** @return how many marks it took up */
        int step() throws SQLException;

        /** The tables that the idle side refuses rows of. */
        Set<String> refusedTables() throws SQLException;
    }

    /**
     * @param onTrouble receives the reason, on a worker's thread, when the idle side refuses rows or resync fails
     * @param clock as {@link System#nanoTime}
     */
    ResyncWork(
            String tenant,
            TransitionSchema transition,
            Steps steps,
            Resync resync,
            Fallback fallback,
            Consumer<String> onTrouble,
            LongSupplier clock) {
        this.tenant = tenant;
        this.transition = transition;
        this.steps = steps;
        this.resync = resync;
        this.fallback = fallback;
        this.onTrouble = onTrouble;
        this.clock = clock;
        this.lookedAt = clock.getAsLong();
    }

    @Override
    public String tenant() {
        return tenant;
    }

    @Override
    public TransitionSchema transition() {
        return transition;
    }

    /** Why resync stalled; null while it runs. */
    @Nullable String trouble() {
        return trouble;
    }

    /** For how long a turn has been due that no worker has begun. */
    Duration waited() {
        return waiting ? Duration.ofNanos(clock.getAsLong() - markedAt) : Duration.ZERO;
    }

    /** The turn that is running, if there is one, is the last and tells nobody of its failure. */
    void stop() {
        stopped = true;
    }

    @Override
    public void marked() {
        markedAt = clock.getAsLong();
        waiting = true;
    }

    /** A turn is wanted although there may be no mark. */
    void wants() {
        wanted = true;
    }

    /** Tables that mark are looked at from time to time, until the idle side refuses none of their rows. */
    @Override
    public boolean wantsTurn() {
        return wanted
                || clock.getAsLong() - lookedAt > LOOK_NANOS
                        && !fallback.marking().isEmpty();
    }

    @Override
    public long turn() {
        waiting = false;
        wanted = false;
        // The places are taken before the step's lock: a flip may wait for that one with places of its own.
        try (Hold places = steps.reserve()) {
            long pause = work();
            trouble = null;
            errorPause = FIRST_ERROR_PAUSE_MILLIS;
            return pause;
        } catch (SQLException | RuntimeException e) {
            if (stopped) {
                return UNTIL_MARKED;
            }
            long pause = errorPause;
            errorPause = Math.min(LONGEST_ERROR_PAUSE_MILLIS, 2 * errorPause);
            if (MaintenanceExhaustedException.caused(e)) {
                // Says nothing about the idle side: the tenant stays READY.
                LOG.warn("resync waits for a connection tenant={} error={}", tenant(), OneLine.of(e));
            } else {
                failed(e);
            }
            return pause;
        } catch (OutOfMemoryError e) {
            // What the step held is garbage now. Its connections are closed: nobody knows what they have read.
            return failedForLong(
                    new IllegalStateException("the proxy's heap is too small for a row: give it more memory, by -Xmx"));
        } catch (Error e) {
            LOG.error("a step of resync failed tenant={}", tenant(), e);
            return failedForLong(new IllegalStateException(e.toString(), e));
        }
    }

    private long failedForLong(Exception e) {
        if (stopped) {
            return UNTIL_MARKED;
        }
        failed(e);
        return LONGEST_ERROR_PAUSE_MILLIS;
    }

    private long work() throws SQLException {
        long refusals = resync.refusals();
        int marks = steps.step();
        resync.tidy();
        // While resync lags, rows that will be refused are still to be tried.
        boolean dueToLook =
                clock.getAsLong() - lookedAt > LOOK_NANOS && resync.lag().toNanos() < LOOK_NANOS;
        if (resync.refusals() != refusalsSeen
                || (dueToLook && !fallback.marking().isEmpty())) {
            refusalsSeen = resync.refusals();
            lookedAt = clock.getAsLong();
            fallback.look(steps.refusedTables());
        }
        if (resync.refusals() > refusals) {
            onTrouble.accept("the idle side refused a row: " + resync.lastRefusal());
            return REFUSAL_PAUSE_MILLIS;
        }
        if (marks == 0) {
            return UNTIL_MARKED;
        }
        return marks < MANY ? GATHERING_MILLIS : 0;
    }

    private void failed(Exception e) {
        String reason = OneLine.of(e);
        if (!reason.equals(trouble)) {
            LOG.warn("resync stalled, will retry tenant={} error={}", tenant(), reason);
        }
        trouble = reason;
        onTrouble.accept("resync failed: " + reason);
    }
}
