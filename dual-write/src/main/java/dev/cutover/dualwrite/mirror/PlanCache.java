// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cutover.dualwrite.analyze.ShapedAnalyzer.Analysis;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The plans of texts that come again. A text with values in it is kept only when it comes a second time soon: most of them never
 * do, and would push out those that do. For any thread.
 */
final class PlanCache {
    /** Texts longer than this many characters are planned again each time: they seldom come twice. */
    private static final int LONGEST = 64 * 1024;
    /** How many characters of query text one planner's cache holds. */
    private static final long MOST_CHARACTERS = 8L * 1024 * 1024;
    /** How many texts are remembered for a while to have come once. */
    private static final int SEEN = 256;

    private final Cache<String, StatementPlan> plans = Caffeine.newBuilder()
            .maximumWeight(MOST_CHARACTERS)
            .<String, StatementPlan>weigher((text, plan) -> text.length() + 256)
            .build();
    private final AtomicReferenceArray<String> seen = new AtomicReferenceArray<>(SEEN);

    private final Function<String, Analysis> analyze;
    private final BiFunction<String, Analysis, StatementPlan> plan;

    /** Both are kept, since a method reference that is made for each text is an object for each. */
    PlanCache(Function<String, Analysis> analyze, BiFunction<String, Analysis, StatementPlan> plan) {
        this.analyze = analyze;
        this.plan = plan;
    }

    StatementPlan get(String sql) {
        StatementPlan found = plans.getIfPresent(sql);
        if (found != null) {
            return found;
        }
        Analysis analysis = analyze.apply(sql);
        StatementPlan made = plan.apply(sql, analysis);
        if (sql.length() <= LONGEST && (analysis.repeatable() || cameBefore(sql))) {
            plans.put(sql, made);
        }
        return made;
    }

    private boolean cameBefore(String sql) {
        int slot = Math.floorMod(sql.hashCode(), SEEN);
        if (sql.equals(seen.get(slot))) {
            return true;
        }
        seen.lazySet(slot, sql);
        return false;
    }
}
