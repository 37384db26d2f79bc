// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.dualwrite.verify.Verification.Difference;
import dev.cutover.dualwrite.verify.VerificationProgress.State;
import dev.cutover.dualwrite.worker.Throttle;
import dev.cutover.dualwrite.worker.Workers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Proves that both sides of a tenant are equal through the mapping: sums of hashes for each range of keys, rows only where the
 * sums differ. A verification that was interrupted before it found a difference resumes where it stopped.
 */
public final class Verifier {
    private static final int SAMPLES = 20;
    private static final long LEAST_ROWS = 1_000;
    private static final long FIRST_ROWS = 5_000;
    private static final long MOST_ROWS = 500_000;
    /** In the time of so many chunks a range is compared: nobody waits for what only reads. */
    private static final int CHUNKS = 5;

    private final Placement placement;
    private final MirrorPlan plan;
    private final int workers;
    private final Throttle throttle;
    private final Duration resumable;

    /** With one worker that nothing holds back; always from the start. */
    public Verifier(Placement placement, MirrorPlan plan) {
        this(placement, plan, 1, Throttle.NONE, Duration.ZERO);
    }

    /**
     * @param workers how many threads compare, each with a connection of its own to either database
     * @param resumable how long ago an interrupted verification may have begun that this one is to continue with
     */
    public Verifier(Placement placement, MirrorPlan plan, int workers, Throttle throttle, Duration resumable) {
        this.placement = placement;
        this.plan = plan;
        this.workers = workers;
        this.throttle = throttle;
        this.resumable = resumable;
    }

    /**
     * What a verification is to do.
     *
     * @param repair whether to mark the keys that differ, so that resync makes them equal
     * @param share of the rows that are compared at least, from 0 to 1. Less than all prove nothing
     */
    public record Scope(boolean repair, double share) {
        public static final Scope ALL = new Scope(false, 1);

        boolean whole() {
            return share >= 1;
        }
    }

    /**
     * Compares all tables.
     *
     * @param progress gets the serving rows passed so far, by several threads in turn
     * @throws InterruptedException when cancelled between two ranges
     */
    public Verification run(Scope scope, BooleanSupplier cancelled, LongConsumer progress)
            throws SQLException, InterruptedException {
        Run run = new Run(scope, progress);
        Map<String, State> before = scope.whole() ? run.durable.begin(resumable) : Map.of();
        for (TablePlan table : plan.tables().values()) {
            if (!table.appendOnly()) {
                run.add(table, before.getOrDefault(table.name(), State.NONE));
            }
        }
        Workers.run(workers, "verify-" + plan.tenant(), () -> () -> work(run), cancelled, run::stop);
        if (!run.done()) {
            throw new InterruptedException("verification was cancelled");
        }
        for (TablePlan table : plan.tables().values()) {
            // Rows without a key can only be counted all together.
            if (table.appendOnly() && scope.whole()) {
                run.counted(new AppendedComparison(((OneDatabase) placement).database(), plan, table).compare());
            }
        }
        if (scope.whole()) {
            run.durable.forget();
        }
        return new Verification(run.rows, run.mismatches(), run.samples, Instant.now());
    }

    /** Forgets a verification that was interrupted. */
    public static void clear(Connection connection, TransitionSchema transition, String tenant) throws SQLException {
        VerificationProgress.forget(connection, transition, tenant);
    }

    private boolean work(Run run) throws SQLException, InterruptedException {
        long rows = FIRST_ROWS;
        for (Part part = run.take(rows); part != null; part = run.take(rows)) {
            if (part.skipped()) {
                run.compared(part, rows);
                continue;
            }
            if (!throttle.await(run::stopped)) {
                return false;
            }
            long begin = System.nanoTime();
            long compared = part.table().comparison.compare(part.range(), run::differ);
            long took = System.nanoTime() - begin;
            throttle.passed(compared);
            run.compared(part, compared);
            long wanted = CHUNKS * throttle.chunkNanos();
            if (took < wanted / 2) {
                rows = Math.min(MOST_ROWS, rows * 2);
            } else if (took > wanted * 2) {
                rows = Math.max(LEAST_ROWS, rows / 2);
            }
        }
        return true;
    }

    private TableComparison comparison(TablePlan table) {
        return placement instanceof OneDatabase one
                ? new ComparisonWithin(one.database(), plan, table)
                : new ComparisonAcross((TwoDatabases) placement, plan, table);
    }

    /** One table while it is compared. */
    private static final class Table {
        private final String name;
        private final RangeComparison comparison;
        private final KeyRanges ranges;
        private long rows;

        Table(String name, RangeComparison comparison, KeyRanges ranges, long rows) {
            this.name = name;
            this.comparison = comparison;
            this.ranges = ranges;
            this.rows = rows;
        }
    }

    /** @param skipped whether the range is none of the sample's */
    private record Part(Table table, KeyRange range, boolean skipped) {}

    /** One verification, shared by its workers. */
    private final class Run {
        private final VerificationProgress durable = new VerificationProgress(placement.serving(), plan);
        private final Scope scope;
        private final LongConsumer progress;
        private final List<Table> tables = new ArrayList<>();
        private long rows;
        private long passed;
        private boolean stopped;

        /** Guards what is found. Who holds it waits for nothing, since workers ask for it while they have a connection. */
        private final Object found = new Object();

        private final List<Difference> samples = new ArrayList<>();
        private long mismatches;

        Run(Scope scope, LongConsumer progress) {
            this.scope = scope;
            this.progress = progress;
        }

        void add(TablePlan plan, State before) throws SQLException {
            rows += before.compared();
            passed += before.compared();
            if (!before.done()) {
                TableSql sql = new TableSql(Verifier.this.plan, plan);
                boolean ordered = KeyOrder.same(placement, sql);
                tables.add(new Table(
                        plan.name(),
                        new RangeComparison(plan.name(), comparison(plan)),
                        new KeyRanges(placement.serving(), sql.servingKeys(), ordered, before.lastKey()),
                        before.compared()));
            }
        }

        /** The next range; null if there is none any more. */
        synchronized @Nullable Part take(long size) throws SQLException {
            for (Table table : tables) {
                KeyRange range = stopped ? null : table.ranges.next(size);
                if (range != null) {
                    boolean inSample = rows < scope.share() * (passed + 1);
                    return new Part(table, range, range.to() != null && !inSample && !scope.whole());
                }
            }
            return null;
        }

        synchronized void compared(Part part, long count) throws SQLException {
            rows += part.skipped() ? 0 : count;
            passed += count;
            part.table().rows += count;
            boolean moved = part.table().ranges.compared(part.range());
            if (moved && scope.whole()) {
                if (mismatches() == 0) {
                    durable.record(
                            part.table().name,
                            new State(
                                    part.table().ranges.comparedTo(),
                                    part.table().rows,
                                    part.table().ranges.done()));
                } else {
                    durable.forget();
                }
            }
            progress.accept(passed);
        }

        void counted(AppendedComparison.Result result) {
            rows += result.rows();
            mismatches += result.differences().size();
            samples.addAll(result.differences());
        }

        private long mismatches() {
            synchronized (found) {
                return mismatches;
            }
        }

        void differ(List<Difference> differences) throws SQLException {
            synchronized (found) {
                mismatches += differences.size();
                differences.stream().limit(SAMPLES - samples.size()).forEach(samples::add);
            }
            if (scope.repair() && !differences.isEmpty()) {
                repair(differences);
            }
        }

        synchronized void stop() {
            stopped = true;
        }

        synchronized boolean stopped() {
            return stopped;
        }

        synchronized boolean done() {
            return tables.stream().allMatch(table -> table.ranges.done());
        }
    }

    private String servingTable(Difference difference) {
        TablePlan table = plan.tables().get(difference.table());
        return Objects.requireNonNull(table, "what differs is mapped").servingTable();
    }

    private void repair(List<Difference> differences) throws SQLException {
        try (Connection connection = placement.serving().getConnection()) {
            new Marks(plan)
                    .add(
                            connection,
                            plan.serving(),
                            servingTable(differences.get(0)),
                            differences.stream().map(Difference::key).toList());
        }
    }
}
