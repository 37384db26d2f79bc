package dev.cutover.dualwrite.rewrite;

import com.github.benmanes.caffeine.cache.Cache;
import dev.cutover.dualwrite.analyze.AnalyzedText;
import dev.cutover.dualwrite.analyze.StatementAnalyzer;
import dev.cutover.dualwrite.analyze.WriteParser;

/** Plans for a route on which nothing is mirrored: statements are named for the session's sake, and pass as they are. */
final class UnmirroredPlanner implements StatementPlanner {
    private final StatementAnalyzer analyzer = new StatementAnalyzer(WriteParser.NONE);
    private final Cache<String, StatementPlan> plans = Planners.cache();

    @Override
    public StatementPlan plan(String sql) {
        if (sql.length() > Planners.LONGEST_CACHED) {
            return analyze(sql);
        }
        return plans.get(sql, this::analyze);
    }

    private StatementPlan analyze(String sql) {
        AnalyzedText text = analyzer.analyze(sql);
        return new StatementPlan(text, Rewrite.Unchanged.NOTHING_TO_MIRROR, StatementKind.of(sql, text));
    }
}
