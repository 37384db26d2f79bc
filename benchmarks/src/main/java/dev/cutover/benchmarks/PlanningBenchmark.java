package dev.cutover.benchmarks;

import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Assignment;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Key;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rewrite.Planners;
import dev.cutover.dualwrite.rewrite.StatementPlan;
import dev.cutover.dualwrite.rewrite.StatementPlanner;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to know what a query text is, and what to send in its place. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PlanningBenchmark {
    private static final String UPDATE = "UPDATE accounts SET balance = balance + $1 WHERE id = $2";

    private final StatementPlanner mirroring = Planners.mirroring(plan());
    private final StatementPlanner unmirrored = Planners.unmirrored();
    private long number;

    @Benchmark
    public StatementPlan cachedWrite() {
        return mirroring.plan(UPDATE);
    }

    @Benchmark
    public StatementPlan cachedUnmirrored() {
        return unmirrored.plan(UPDATE);
    }

    /** Each text is new, so each is lexed, parsed and rewritten. */
    @Benchmark
    public StatementPlan firstWrite() {
        return mirroring.plan(UPDATE + " AND owner = " + number++);
    }

    private static MirrorPlan plan() {
        TablePlan accounts = new TablePlan(
                "accounts",
                "accounts",
                List.of(new Key("id", "integer", "id", "integer")),
                List.of("id", "owner", "balance"),
                List.of(
                        new Assignment("id", "\"id\"", "integer", true),
                        new Assignment("owner", "\"owner\"", "integer", false),
                        new Assignment("balance", "\"balance\"", "bigint", false)),
                null);
        return new MirrorPlan(
                "acme",
                Side.BLUE,
                "v1",
                "v2",
                "/*cutover:0123456789abcdef*/",
                MirrorMode.INLINE,
                Map.of("accounts", accounts));
    }
}
