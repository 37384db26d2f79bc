package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.resync.Marks;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.verify.Verification.Difference;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** Proves that both sides of a tenant are equal through the mapping: hashes per chunk, rows only where hashes differ. */
public final class Verifier {
    private static final int CHUNK_ROWS = 5_000;
    private static final int SAMPLES = 20;

    private final Placement placement;
    private final MirrorPlan plan;

    public Verifier(Placement placement, MirrorPlan plan) {
        this.placement = placement;
        this.plan = plan;
    }

    /**
     * Compares all tables.
     *
     * @param repair whether to mark the keys that differ, so that resync makes them equal
     * @param progress is told the rows compared so far
     * @throws InterruptedException when cancelled between two chunks
     */
    public Verification run(boolean repair, BooleanSupplier cancelled, LongConsumer progress)
            throws SQLException, InterruptedException {
        Tally tally = new Tally(repair, cancelled, progress);
        for (TablePlan table : plan.tables().values()) {
            comparison(table).run(tally);
        }
        return new Verification(tally.rows, tally.mismatches, tally.samples, Instant.now());
    }

    private TableComparison comparison(TablePlan table) {
        return placement instanceof OneDatabase one
                ? new ComparisonWithin(one.database(), plan, table, CHUNK_ROWS)
                : new ComparisonAcross((TwoDatabases) placement, plan, table, CHUNK_ROWS);
    }

    private final class Tally implements TableComparison.Listener {
        private final boolean repair;
        private final BooleanSupplier cancelled;
        private final LongConsumer progress;
        private final List<Difference> samples = new ArrayList<>();
        private long rows;
        private long mismatches;

        Tally(boolean repair, BooleanSupplier cancelled, LongConsumer progress) {
            this.repair = repair;
            this.cancelled = cancelled;
            this.progress = progress;
        }

        @Override
        public void compared(long chunkRows, List<Difference> differences) throws SQLException, InterruptedException {
            rows += chunkRows;
            mismatches += differences.size();
            differences.stream().limit(SAMPLES - samples.size()).forEach(samples::add);
            if (repair && !differences.isEmpty()) {
                repair(differences);
            }
            progress.accept(rows);
            if (cancelled.getAsBoolean()) {
                throw new InterruptedException("verification was cancelled");
            }
        }
    }

    private void repair(List<Difference> differences) throws SQLException {
        try (Connection connection = placement.serving().getConnection()) {
            new Marks(plan.tenant())
                    .add(
                            connection,
                            plan.serving(),
                            differences.get(0).table(),
                            differences.stream().map(Difference::key).toList());
        }
    }
}
