package dev.cutover.dualwrite.rewrite;

/**
 * Plans query texts for one route. Bound to a mapping (or to none), so a text's plan never changes during the planner's
 * life. Safe for use by many threads; a text that was planned before costs one cache look-up.
 */
public interface StatementPlanner {
    StatementPlan plan(String sql);
}
