package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.resync.Marks;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.verify.TableVerifier.Range;
import dev.cutover.dualwrite.verify.Verification.Difference;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Proves that both sides of a tenant are equal through the mapping: hashes per chunk, rows only where hashes differ. */
public final class Verifier {
    private static final int CHUNK_ROWS = 5_000;
    private static final int SAMPLES = 20;

    private final DataSource database;
    private final MirrorPlan plan;

    public Verifier(DataSource database, MirrorPlan plan) {
        this.database = database;
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
        long rows = 0;
        long mismatches = 0;
        List<Difference> samples = new ArrayList<>();
        try (Connection connection = database.getConnection()) {
            for (TablePlan table : plan.tables().values()) {
                TableVerifier verifier = new TableVerifier(plan, table, CHUNK_ROWS);
                @Nullable String from = null;
                do {
                    if (cancelled.getAsBoolean()) {
                        throw new InterruptedException("verification was cancelled");
                    }
                    Range range = new Range(from, verifier.boundary(connection, from));
                    TableVerifier.Sums sums = verifier.sums(connection, range);
                    rows += sums.servingRows();
                    if (!sums.equal()) {
                        List<Difference> differences = verifier.differences(connection, range);
                        mismatches += differences.size();
                        differences.stream().limit(SAMPLES - samples.size()).forEach(samples::add);
                        if (repair && !differences.isEmpty()) {
                            repair(connection, table, differences);
                        }
                    }
                    progress.accept(rows);
                    from = range.to();
                } while (from != null);
            }
        }
        return new Verification(rows, mismatches, samples, Instant.now());
    }

    private void repair(Connection connection, TablePlan table, List<Difference> differences) throws SQLException {
        new Marks(plan.tenant())
                .add(
                        connection,
                        plan.serving(),
                        table.servingTable(),
                        differences.stream().map(Difference::key).toList());
    }
}
