package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;

/**
 * Copies all mapped tables to the idle side. Progress is durable: a backfill that was interrupted goes on where it
 * stopped. The net must be installed before it starts.
 */
public final class Backfill {
    private static final int CHUNK_ROWS = 2_000;

    private final DataSource database;
    private final MirrorPlan plan;

    public Backfill(DataSource database, MirrorPlan plan) {
        this.database = database;
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
        for (TablePlan table : plan.tables().values()) {
            new TableBackfill(database, plan, table, CHUNK_ROWS).begin();
        }
        for (TablePlan table : plan.tables().values()) {
            TableBackfill backfill = new TableBackfill(database, plan, table, CHUNK_ROWS);
            TableBackfill.Progress progress = backfill.begin();
            while (!progress.done()) {
                if (cancelled.getAsBoolean()) {
                    return false;
                }
                progress = backfill.copyChunk();
            }
        }
        return true;
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

    /** Forgets the tenant's progress, for a new start. */
    public static void clear(Connection connection, String tenant) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("DELETE FROM cutover.backfill WHERE tenant = ?")) {
            statement.setString(1, tenant);
            statement.executeUpdate();
        }
    }
}
