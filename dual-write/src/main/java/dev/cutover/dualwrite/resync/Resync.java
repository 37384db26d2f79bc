// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.mark.Ledger;
import dev.cutover.dualwrite.mark.MarkedKeys;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.mark.Marks.Mark;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.transfer.RowLimit;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries marked keys from the serving side to the idle one and deletes the marks. One instance works for a tenant at a
 * time; a step may be repeated at will, since it copies the current row and not a change.
 */
public final class Resync {
    private static final Logger LOG = LoggerFactory.getLogger(Resync.class);
    private static final int BATCH = 1_000;
    private static final int MOST_BLOCKING = 9_000;
    /** So many marks gone leave some megabytes of dead rows, which VACUUM makes room of. */
    private static final long VACUUM_AFTER = 50_000;

    private final Placement placement;
    private final MirrorPlan plan;
    private final Marks marks;
    private final Carrier carrier;
    private final AtomicLong rogueMarks = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private final AtomicLong goneSinceVacuum = new AtomicLong();
    private final Lag lag = new Lag(System::nanoTime);
    private boolean stopped;
    private volatile String lastRefusal = "";

    public Resync(Placement placement, MirrorPlan plan) {
        this(placement, plan, RowLimit.ofHeap());
    }

    /** @param limit of rows that pass from one database to another */
    public Resync(Placement placement, MirrorPlan plan, RowLimit limit) {
        this.placement = placement;
        this.plan = plan;
        this.marks = new Marks(plan);
        if (placement instanceof OneDatabase one) {
            this.carrier = new CarrierWithin(one.database(), plan);
        } else {
            this.carrier = new CarrierAcross((TwoDatabases) placement, plan, limit);
        }
    }

    /** Marks met so far that a writer on the idle side made, who was neither a mirrored statement nor a resync. */
    public long rogueMarks() {
        return rogueMarks.get();
    }

    /** How often the idle side has refused a row so far. */
    public long refusals() {
        return refusals.get();
    }

    /** Names the table and the error of the last row that the idle side refused; empty if there was none. */
    public String lastRefusal() {
        return lastRefusal;
    }

    /** How old the oldest mark is that was due at the last step; zero if none was. Grows while steps fail. */
    public Duration lag() {
        return lag.now();
    }

    /**
     * Ends this direction. Once this returns, no step is running and none will be, unless {@link #resume} is called: after a flip a
     * step of the old direction would overwrite the new serving side.
     */
    public synchronized void stop() {
        stopped = true;
    }

    /** After {@link #stop}, if the sides have not changed after all: steps carry marks again. */
    public synchronized void resume() {
        stopped = false;
    }

    /**
     * Handles the oldest due marks.
     *
     * @return how many marks it took up; zero when none is due or this direction has ended
     */
    public synchronized int step() throws SQLException {
        if (stopped) {
            return 0;
        }
        List<Mark> due = carrier.due(BATCH);
        if (due.isEmpty()) {
            lag.foundNone();
            return 0;
        }
        lag.found(due.get(0).age());
        List<Refusal> blocked = new ArrayList<>();
        apply(due, blocked);
        if (!blocked.isEmpty()) {
            carryTogether(blocked);
        }
        return due.size();
    }

    /**
     * Has refused rows tried again at the next step. No step is running meanwhile, so whatever is refused from now on was
     * tried after this.
     *
     * @param after the rows whose marks have greater ids, up to {@code last}
     * @return how often each was tried so far, by its mark's id, in the order of the ids
     */
    public synchronized Map<UUID, Integer> putBack(Ledger.Selection selection, UUID after, UUID last, int limit)
            throws SQLException {
        try (Connection serving = placement.serving().getConnection()) {
            return new Ledger(plan).putBack(serving, selection, after, last, limit);
        }
    }

    /** Works until no mark is due, or the deadline (by {@link System#nanoTime}) has passed. */
    public void drain(long deadlineNanos) throws SQLException {
        while (step() > 0 && System.nanoTime() - deadlineNanos < 0) {
            // The marks of one step may have made room for the next.
        }
    }

    /**
     * Keeps the table of marks small where a key is written over and over: autovacuum looks once a minute. Does nothing
     * most of the time. Not part of a step, so that no flip waits for it.
     */
    public void tidy() throws SQLException {
        if (goneSinceVacuum.get() >= VACUUM_AFTER) {
            goneSinceVacuum.set(0);
            try (Connection connection = placement.serving().getConnection()) {
                marks.vacuum(connection);
            }
        }
    }

    /** A mark whose row another row blocks. */
    private record Refusal(Mark mark, SQLException error) {}

    /** Rows that were blocked in earlier steps, and those whose marks are still to be tried, may be those that block these. */
    private void carryTogether(List<Refusal> blocked) throws SQLException {
        Map<UUID, Mark> group = new LinkedHashMap<>();
        blocked.forEach(refusal -> group.put(refusal.mark().id(), refusal.mark()));
        Set<String> tables =
                blocked.stream().map(refusal -> refusal.mark().table()).collect(Collectors.toSet());
        for (Mark mark : carrier.mayBlock(tables, MOST_BLOCKING)) {
            group.putIfAbsent(mark.id(), mark);
        }
        List<Mark> inOrder = group.values().stream()
                .sorted(Comparator.comparing(mark -> mark.id().toString()))
                .toList();
        Set<Mark> carried = new HashSet<>(new BlockedRows(carrier, plan).carry(inOrder));
        MarkedKeys.of(List.copyOf(carried), plan).rogue().forEach(this::tellRogue);
        goneSinceVacuum.addAndGet(carried.size());
        for (Refusal refusal : blocked) {
            if (!carried.contains(refusal.mark())) {
                refused(refusal.mark(), refusal.error());
            }
        }
    }

    /** A batch that fails is halved until the culprit stands alone; that one keeps its mark with the error. */
    private void apply(List<Mark> batch, List<Refusal> blocked) throws SQLException {
        MarkedKeys keys = MarkedKeys.of(batch, plan);
        try {
            carrier.carry(batch, keys);
            goneSinceVacuum.addAndGet(batch.size());
            keys.rogue().forEach(this::tellRogue);
        } catch (SQLException e) {
            if (Transactions.serverGone(e)) {
                throw e;
            } else if (batch.size() > 1) {
                int half = batch.size() / 2;
                apply(batch.subList(0, half), blocked);
                apply(batch.subList(half, batch.size()), blocked);
            } else if (BlockedRows.blocked(e)) {
                blocked.add(new Refusal(batch.get(0), e));
            } else if (!Transactions.gaveWay(e)) {
                refused(batch.get(0), e);
            }
        }
    }

    private void tellRogue(Mark mark) {
        rogueMarks.incrementAndGet();
        LOG.warn("rogue write on the idle side tenant={} side={} table={}", plan.tenant(), mark.side(), mark.table());
    }

    private void refused(Mark mark, SQLException error) throws SQLException {
        lastRefusal = mark.table() + ": " + error.getSQLState() + " " + firstLine(error);
        refusals.incrementAndGet();
        LOG.warn(
                "idle side refused a row tenant={} table={} sqlstate={}",
                plan.tenant(),
                mark.table(),
                error.getSQLState());
        try (Connection connection = placement.serving().getConnection()) {
            marks.refused(connection, mark, error.getSQLState() + " " + firstLine(error));
        }
    }

    private static String firstLine(SQLException error) {
        String message = String.valueOf(error.getMessage());
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }
}
