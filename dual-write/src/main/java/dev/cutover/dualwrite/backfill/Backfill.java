package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Copies all mapped tables to the idle side. Progress is durable: a backfill that was interrupted goes on where it
 * stopped. The net must be installed before it starts.
 */
public final class Backfill {
    private static final int CHUNK_ROWS = 2_000;

    private final Placement placement;
    private final MirrorPlan plan;

    public Backfill(Placement placement, MirrorPlan plan) {
        this.placement = placement;
        this.plan = plan;
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
     * @return whether every table is done
     */
    public boolean run(BooleanSupplier cancelled) throws SQLException, InterruptedException {
        List<TableCopy> copies = new ArrayList<>();
        List<TableProgress.State> states = new ArrayList<>();
        for (TablePlan table : plan.tables().values()) {
            TableCopy copy = copy(table);
            copies.add(copy);
            states.add(copy.begin());
        }
        for (int i = 0; i < copies.size(); i++) {
            TableProgress.State state = states.get(i);
            while (!state.done()) {
                if (cancelled.getAsBoolean()) {
                    return false;
                }
                state = copies.get(i).copyChunk();
            }
        }
        return true;
    }

    private TableCopy copy(TablePlan table) {
        return placement instanceof OneDatabase one
                ? new CopyWithin(one.database(), plan, table, CHUNK_ROWS)
                : new CopyAcross((TwoDatabases) placement, plan, table, CHUNK_ROWS);
    }

    /** The durable progress of a tenant; done only when it has begun and every table is done. */
    public static Progress progress(Connection connection, String tenant) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT coalesce(sum(copied), 0), coalesce(sum(total), 0), coalesce(bool_and(done), false)"
                        + " FROM cutover.backfill WHERE tenant = ?")) {
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
    public static void takeAlong(Placement placement, String tenant) throws SQLException {
        if (placement instanceof OneDatabase) {
            return;
        }
        Progress progress;
        try (Connection serving = placement.serving().getConnection()) {
            progress = progress(serving, tenant);
        }
        Transactions.Steps steps = connection -> {
            clear(connection, tenant);
            try (PreparedStatement statement = connection.prepareStatement(
                    "INSERT INTO cutover.backfill (tenant, tbl, copied, total, done) VALUES (?, '', ?, ?, ?)")) {
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
    public static void clear(Connection connection, String tenant) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("DELETE FROM cutover.backfill WHERE tenant = ?")) {
            statement.setString(1, tenant);
            statement.executeUpdate();
        }
    }
}
