// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Plans query texts for one route. Bound to a mapping (or to none), so a text's plan changes during the planner's life only
 * when a table falls back to marking or comes back from it. Safe for use by many threads; a text that was planned before
 * costs one cache look-up.
 */
public interface StatementPlanner {
    StatementPlan plan(String sql);

    /** The planner that takes the names of schemas for what they are. */
    default StatementPlanner literal() {
        return this;
    }

    /** The text with the serving side's schema in place of another side's. */
    default String meaning(String sql) {
        return sql;
    }

    /**
     * Another object as soon as texts may get other plans: one that was kept and names another is then to be asked for again.
     * Null if that never happens.
     */
    default @Nullable Object generation() {
        return null;
    }

    /** What a text that is mirrored becomes where it may write only the serving side and marks; null if it is not mirrored. */
    default @Nullable Mirrored marking(String sql) {
        return null;
    }

    /** Schemas of the clients' {@code search_path} that hold nothing: a session whose path lacks them means the same by every name. */
    default Set<String> emptySchemas() {
        return Set.of();
    }

    /** The tables that mark for the time being; null if nothing is mirrored. */
    default @Nullable Fallback fallback() {
        return null;
    }
}
