package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.resync.Marks.Mark;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries marked keys from the serving side to the idle one and deletes the marks. One instance works for a tenant at a
 * time; a step may be repeated at will, since it copies the current row and not a change.
 */
public final class Resync {
    private static final Logger LOG = LoggerFactory.getLogger(Resync.class);
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(400);
    private static final int BATCH = 500;

    private final DataSource database;
    private final MirrorPlan plan;
    private final Marks marks;
    private final Map<String, TableResync> tables = new HashMap<>();
    private final Map<String, String> servingNames = new HashMap<>();
    private final AtomicLong rogueMarks = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private boolean stopped;

    public Resync(DataSource database, MirrorPlan plan) {
        this.database = database;
        this.plan = plan;
        this.marks = new Marks(plan.tenant());
        for (TablePlan table : plan.tables().values()) {
            tables.put(table.servingTable(), new TableResync(plan, table));
            servingNames.put(table.idleTable(), table.servingTable());
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

    /**
     * Ends this direction for good. Once this returns, no step is at work and none will be: after a flip a step of the old
     * direction would overwrite the new serving side.
     */
    public synchronized void stop() {
        stopped = true;
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
        List<Mark> due;
        try (Connection connection = database.getConnection()) {
            due = marks.due(connection, BATCH);
        }
        if (!due.isEmpty()) {
            apply(due);
        }
        return due.size();
    }

    /** Works until no mark is due, or the deadline (by {@link System#nanoTime}) has passed. */
    public void drain(long deadlineNanos) throws SQLException {
        while (step() > 0 && System.nanoTime() - deadlineNanos < 0) {
            // The marks of one step may have made room for the next.
        }
    }

    /** A batch that fails is halved until the culprit stands alone; that one keeps its mark with the error. */
    private void apply(List<Mark> batch) throws SQLException {
        try {
            Transactions.Steps steps = connection -> applyIn(connection, batch);
            Transactions.once(database, LOCK_TIMEOUT, steps.asWork());
        } catch (SQLException e) {
            if (batch.size() > 1) {
                int half = batch.size() / 2;
                apply(batch.subList(0, half));
                apply(batch.subList(half, batch.size()));
            } else if (!Transactions.gaveWay(e)) {
                refused(batch.get(0), e);
            }
        }
    }

    private void applyIn(Connection connection, List<Mark> batch) throws SQLException {
        Map<String, Set<String>> keys = new LinkedHashMap<>();
        for (Mark mark : batch) {
            boolean idleSideWritten = mark.side() != plan.serving();
            String table = servingTable(mark, idleSideWritten);
            if (table == null) {
                continue; // a table that has left the mapping
            }
            if (idleSideWritten) {
                rogueMarks.incrementAndGet();
                LOG.warn(
                        "rogue write on the idle side tenant={} side={} table={}",
                        plan.tenant(),
                        mark.side(),
                        mark.table());
            }
            if (mark.key() == null) {
                resync(table).expand(connection, idleSideWritten);
            } else {
                keys.computeIfAbsent(table, name -> new LinkedHashSet<>()).add(mark.key());
            }
        }
        for (Map.Entry<String, Set<String>> entry : keys.entrySet()) {
            resync(entry.getKey()).apply(connection, new ArrayList<>(entry.getValue()));
        }
        marks.delete(connection, batch);
    }

    private @Nullable String servingTable(Mark mark, boolean idleSideWritten) {
        String table = idleSideWritten ? servingNames.get(mark.table()) : mark.table();
        return table != null && tables.containsKey(table) ? table : null;
    }

    private TableResync resync(String table) {
        TableResync resync = tables.get(table);
        if (resync == null) {
            throw new IllegalStateException("no plan for table " + table);
        }
        return resync;
    }

    private void refused(Mark mark, SQLException error) throws SQLException {
        refusals.incrementAndGet();
        LOG.warn(
                "idle side refused a row tenant={} table={} sqlstate={}",
                plan.tenant(),
                mark.table(),
                error.getSQLState());
        try (Connection connection = database.getConnection()) {
            marks.refused(connection, mark, error.getSQLState() + " " + firstLine(error));
        }
    }

    private static String firstLine(SQLException error) {
        String message = String.valueOf(error.getMessage());
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }
}
