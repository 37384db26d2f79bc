// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import dev.cutover.config.MirrorMode;
import dev.cutover.dualwrite.analyze.StatementAnalyzer;
import dev.cutover.dualwrite.analyze.calcite.CalciteWriteParser;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.Splice;
import dev.cutover.dualwrite.mirror.TableRewrite;
import dev.cutover.dualwrite.mirror.TableRewrites;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Making one statement for both sides of a write that has been taken apart. */
@State(Scope.Thread)
public class RewriteBenchmark extends NanosecondsBenchmark {
    private static final String UPDATE = AccountsPlan.UPDATE;
    private static final TablePlan TABLE = AccountsPlan.TABLE;

    private final TableRewrite inline = rewrite(MirrorMode.INLINE);
    private final TableRewrite deferred = rewrite(MirrorMode.DEFERRED);
    private final WriteStatement write = write();

    @Benchmark
    public Rewrite inline() {
        return inline.rewrite(write, Splice.of(UPDATE, write, TABLE.servingColumns()));
    }

    @Benchmark
    public Rewrite deferred() {
        return deferred.rewrite(write, Splice.of(UPDATE, write, TABLE.servingColumns()));
    }

    private static TableRewrite rewrite(MirrorMode mode) {
        return TableRewrites.of(AccountsPlan.of(mode), TABLE, mode);
    }

    private static WriteStatement write() {
        Intent intent = new StatementAnalyzer(new CalciteWriteParser())
                .analyze(UPDATE)
                .statements()
                .get(0)
                .intent();
        return ((Intent.Write) intent).statement();
    }
}
