// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.ShapedAnalyzer;
import dev.cutover.dualwrite.analyze.ShapedAnalyzer.Analysis;
import dev.cutover.dualwrite.analyze.StatementAnalyzer;
import dev.cutover.dualwrite.analyze.statement.WriteParser;

/** Plans for a route on which nothing is mirrored: statements are named for the session's sake, and pass as they are. */
final class UnmirroredPlanner implements StatementPlanner {
    private final ShapedAnalyzer analyzer = new ShapedAnalyzer(new StatementAnalyzer(WriteParser.NONE));
    private final PlanCache plans = new PlanCache(analyzer::analyze, UnmirroredPlanner::plan);

    @Override
    public StatementPlan plan(String sql) {
        return plans.get(sql);
    }

    private static StatementPlan plan(String sql, Analysis analysis) {
        return new StatementPlan(
                analysis.text(), Rewrite.Unchanged.NOTHING_TO_MIRROR, StatementKind.of(sql, analysis.text()));
    }
}
