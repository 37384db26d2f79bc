// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.config.MirrorMode;
import dev.cutover.dualwrite.analyze.ShapedAnalyzer;
import dev.cutover.dualwrite.analyze.ShapedAnalyzer.Analysis;
import dev.cutover.dualwrite.analyze.StatementAnalyzer;
import dev.cutover.dualwrite.analyze.calcite.CalciteWriteParser;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Refused;
import dev.cutover.dualwrite.mirror.Rewrite.Unchanged;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.MirrorToken;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Plans for a tenant whose writes are mirrored: single writes of mapped tables become one statement for both sides. */
final class MirroringPlanner implements StatementPlanner {
    /** PostgreSQL takes no more columns in one list; a rewritten list has the client's and the mapping's. */
    private static final int MOST_COLUMNS = 1600;

    private final MirrorPlan plan;
    private final Fallback fallback;
    private final Fingerprints fingerprints;
    private final Map<String, TableRewrite> rewrites;
    private final Map<String, TableRewrite> markingRewrites;
    private final Set<String> mappedNames = new HashSet<>();
    private final ShapedAnalyzer analyzer = new ShapedAnalyzer(new StatementAnalyzer(new CalciteWriteParser()));
    private volatile Generation generation;

    MirroringPlanner(MirrorPlan plan, Fallback fallback, Fingerprints fingerprints) {
        this.plan = plan;
        this.fallback = fallback;
        this.fingerprints = fingerprints;
        this.rewrites = rewrites(plan, plan.mode());
        this.markingRewrites = rewrites(plan, MirrorMode.DEFERRED);
        for (TablePlan table : plan.tables().values()) {
            table.servingTables().forEach(mappedNames::add);
            mappedNames.add(table.idleTable());
        }
        this.generation = new Generation(fallback.marking());
    }

    private static Map<String, TableRewrite> rewrites(MirrorPlan plan, MirrorMode mode) {
        Map<String, TableRewrite> rewrites = new HashMap<>();
        for (TablePlan table : plan.tables().values()) {
            if (table.unmirrorable() == null) {
                rewrites.put(table.servingTable(), TableRewrites.of(plan, table, mode));
            }
        }
        return rewrites;
    }

    /** The plans that hold while the same tables are in fallback. */
    private final class Generation {
        private final Set<String> marking;
        private final Map<String, TableRewrite> now;
        private final PlanCache plans = new PlanCache(analyzer::analyze, this::plan);

        Generation(Set<String> marking) {
            this.marking = marking;
            this.now = new HashMap<>(rewrites);
            markingRewrites.forEach((table, rewrite) -> {
                if (marking.contains(table)) {
                    now.put(table, rewrite);
                }
            });
        }

        StatementPlan plan(String sql, Analysis analysis) {
            AnalyzedText text = analysis.text();
            Rewrite rewrite = rewrite(sql, text, now);
            Executions executions = fingerprints.of(() -> analysis.fingerprint(sql), rewrite);
            return new StatementPlan(text, rewrite, StatementKind.of(sql, text), executions, this, null);
        }
    }

    @Override
    public Generation generation() {
        Generation current = generation;
        return current.marking == fallback.marking() ? current : next();
    }

    private synchronized Generation next() {
        Set<String> marking = fallback.marking();
        if (generation.marking != marking) {
            generation = new Generation(marking);
        }
        return generation;
    }

    @Override
    public Set<String> emptySchemas() {
        return plan.emptySchemas();
    }

    @Override
    public StatementPlan plan(String sql) {
        return generation().plans.get(sql);
    }

    @Override
    public @Nullable Mirrored marking(String sql) {
        return rewrite(sql, analyzer.analyze(sql).text(), markingRewrites) instanceof Mirrored mirrored
                ? mirrored
                : null;
    }

    @Override
    public Fallback fallback() {
        return fallback;
    }

    private Rewrite rewrite(String sql, AnalyzedText text, Map<String, TableRewrite> now) {
        if (MirrorToken.appearsIn(sql)) {
            return new Refused(
                    "42501",
                    "the statement contains a comment that only the proxy may write",
                    "Remove the comment that begins with /*cutover: from the statement.");
        }
        Rewrite unchanged = Unchanged.NOTHING_TO_MIRROR;
        for (AnalyzedText.Statement statement : text.statements()) {
            Intent intent = statement.intent();
            if (intent instanceof Intent.Ddl ddl) {
                for (String table : ddl.tables()) {
                    if (mappedNames.contains(table)) {
                        return refused(ddl, table);
                    }
                }
            } else if (intent instanceof Intent.Write write) {
                return rewrite(sql, write.statement(), now);
            } else if (intent instanceof Intent.Opaque opaque && unchanged == Unchanged.NOTHING_TO_MIRROR) {
                unchanged = new Unchanged(opaque.reason());
            } else if (intent instanceof Intent.Prepare prepare
                    && !prepare.inside().isEmpty()
                    && unchanged == Unchanged.NOTHING_TO_MIRROR) {
                unchanged = new Unchanged("PREPARE: " + prepare.inside());
            }
        }
        return unchanged;
    }

    private Rewrite rewrite(String sql, WriteStatement write, Map<String, TableRewrite> now) {
        String schema = write.schema();
        if (schema != null && schema.equals(plan.idleSchema()) && !schema.equals(plan.servingSchema())) {
            return new Unchanged("it names the idle schema");
        } else if (schema != null && !schema.equals(plan.servingSchema())) {
            return Unchanged.NOTHING_TO_MIRROR;
        }
        TablePlan table = plan.tables().get(write.table());
        if (table == null) {
            // A table that holds parts of another one's rows, perhaps.
            return plan.reading(write.table()).stream()
                    .findFirst()
                    .map(main -> new Unchanged(String.valueOf(main.unmirrorable())))
                    .orElse(Unchanged.NOTHING_TO_MIRROR);
        }
        TableRewrite rewrite = now.get(write.table());
        if (rewrite == null) {
            return new Unchanged(String.valueOf(table.unmirrorable()));
        }
        for (Key key : table.key()) {
            if (write.assigned().contains(key.servingColumn())) {
                return new Unchanged("it may change the key column " + key.servingColumn());
            }
        }
        String usersCode = plan.userNames().usedBy(sql);
        if (usersCode != null) {
            return new Unchanged("it may run a user's code by " + usersCode);
        }
        String doubt = Splice.doubt(sql, write);
        if (doubt != null) {
            return new Unchanged(doubt);
        }
        Splice splice = Splice.of(sql, write, table.servingColumns());
        if (splice.columns().size() + rewrite.columnsRead() > MOST_COLUMNS) {
            return new Unchanged("it returns too many columns");
        }
        return rewrite.rewrite(write, splice);
    }

    private Refused refused(Intent.Ddl ddl, String table) {
        return new Refused(
                "0A000",
                ddl.command() + ": table \"" + table + "\" of tenant \"" + plan.tenant()
                        + "\" cannot be changed while its writes are mirrored",
                "Complete the tenant's cutover or abort it first: cutover complete " + plan.tenant()
                        + ", or cutover abort " + plan.tenant() + ".");
    }
}
