// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import dev.cutover.config.MirrorMode;
import dev.cutover.dualwrite.analyze.StatementAnalyzer;
import dev.cutover.dualwrite.analyze.calcite.CalciteWriteParser;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.WriteParser;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What it costs to know what a query text is, and what to send in its place. */
@State(Scope.Thread)
public class PlanningBenchmark extends NanosecondsBenchmark {
    private static final String UPDATE = AccountsPlan.UPDATE;

    private final StatementPlanner mirroring = Planners.mirroring(AccountsPlan.of(MirrorMode.INLINE));
    private final StatementPlanner unmirrored = Planners.unmirrored();
    private final StatementAnalyzer lexing = new StatementAnalyzer(WriteParser.NONE);
    private final StatementAnalyzer parsing = new StatementAnalyzer(new CalciteWriteParser());
    private final byte[] received = UPDATE.getBytes(StandardCharsets.UTF_8);
    private long number;

    @Benchmark
    public StatementPlan cachedWrite() {
        return mirroring.plan(UPDATE);
    }

    @Benchmark
    public StatementPlan cachedUnmirrored() {
        return unmirrored.plan(UPDATE);
    }

    /** As it comes in a Query or Parse: a text that is decoded and hashed each time. */
    @Benchmark
    public StatementPlan cachedWriteFromBytes() {
        return mirroring.plan(new String(received, StandardCharsets.UTF_8));
    }

    @Benchmark
    public AnalyzedText firstAnalysisUnmirrored() {
        return lexing.analyze(UPDATE);
    }

    @Benchmark
    public AnalyzedText firstAnalysisOfWrite() {
        return parsing.analyze(UPDATE);
    }

    /** A literal that has not been there yet: each text is lexed, found by its shape and rewritten. */
    @Benchmark
    public StatementPlan writeWithAnotherValue() {
        return mirroring.plan(UPDATE + " AND owner = " + number++);
    }
}
