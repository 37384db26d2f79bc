// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.worker.Throttle;
import dev.cutover.dualwrite.worker.Workers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Copies all mapped tables to the idle side. Progress is durable: a backfill that was interrupted continues where it
 * stopped. The net must be installed before it starts.
 */
public final class Backfill {
    private final Placement placement;
    private final MirrorPlan plan;
    private final int workers;
    private final Throttle throttle;

    /** With one worker that nothing holds back. */
    public Backfill(Placement placement, MirrorPlan plan) {
        this(placement, plan, 1, Throttle.NONE);
    }

    /** @param workers how many threads copy, each with a connection of its own to either database */
    public Backfill(Placement placement, MirrorPlan plan, int workers, Throttle throttle) {
        this.placement = placement;
        this.plan = plan;
        this.workers = workers;
        this.throttle = throttle;
    }

    /**
     * Progress over all tables.
     *
     * @param rows serving rows passed so far
     * @param total serving rows when the backfill began
     */
    public record Progress(long rows, long total, boolean done) {
        public static final Progress NONE = new Progress(0, 0, false);
    }

    /**
     * Runs to the end, or until it is cancelled between two chunks.
     *
     * @param cancelled is asked several times a second, by the calling thread
     * @return whether every table is done
     */
    public boolean run(BooleanSupplier cancelled) throws SQLException, InterruptedException {
        WorkList work = new WorkList();
        for (TablePlan table : plan.tables().values()) {
            TableCopy copy = copy(table);
            if (!copy.begin()) {
                work.add(copy);
            }
        }
        Workers.run(workers, "backfill-" + plan.tenant(), () -> new Worker(work, throttle), cancelled, work::stop);
        return work.done();
    }

    private TableCopy copy(TablePlan table) {
        if (!(placement instanceof OneDatabase one)) {
            return new CopyAcross((TwoDatabases) placement, plan, table);
        }
        return table.appendOnly()
                ? new CopyAppended(one.database(), plan, table)
                : new CopyWithin(one.database(), plan, table);
    }

    /** The durable progress of a tenant; done only when it has begun and every table is done. */
    public static Progress progress(Connection connection, TransitionSchema transition, String tenant)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT coalesce(sum(rows), 0), coalesce(sum(greatest(total, rows)), 0), coalesce(bool_and(done), false)"
                        + " FROM (SELECT total, done, copied + (SELECT coalesce(sum(s.copied), 0)"
                        + " FROM " + transition.table("backfill_slice")
                        + " AS s WHERE s.tenant = b.tenant AND s.tbl = b.tbl) AS rows"
                        + " FROM " + transition.table("backfill") + " AS b WHERE tenant = ?) AS tables")) {
            statement.setString(1, tenant);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return new Progress(rows.getLong(1), rows.getLong(2), rows.getBoolean(3));
            }
        }
    }

    /**
     * Takes the progress along to the database of the side that is to serve, where it is looked for from then on. Safe to
     * repeat.
     */
    public static void takeAlong(Placement placement, TransitionSchema transition, String tenant) throws SQLException {
        if (placement instanceof OneDatabase) {
            return;
        }
        Progress progress;
        try (Connection serving = placement.serving().getConnection()) {
            progress = progress(serving, transition, tenant);
        }
        Transactions.Steps steps = connection -> {
            clear(connection, transition, tenant);
            try (PreparedStatement statement = connection.prepareStatement("INSERT INTO " + transition.table("backfill")
                    + " (tenant, tbl, copied, total, done) VALUES (?, '', ?, ?, ?)")) {
                statement.setString(1, tenant);
                statement.setLong(2, progress.rows());
                statement.setLong(3, progress.total());
                statement.setBoolean(4, progress.done());
                statement.executeUpdate();
            }
        };
        Transactions.once(placement.idle(), Duration.ofSeconds(5), steps.asWork());
    }

    /** Forgets the tenant's progress, for a new start. */
    public static void clear(Connection connection, TransitionSchema transition, String tenant) throws SQLException {
        for (String table : List.of("backfill_slice", "backfill", "paused")) {
            try (PreparedStatement statement =
                    connection.prepareStatement("DELETE FROM " + transition.table(table) + " WHERE tenant = ?")) {
                statement.setString(1, tenant);
                statement.executeUpdate();
            }
        }
    }
}
