// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.config.MirrorMode;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;

/** Chooses how the writes of a table are rewritten. */
public final class TableRewrites {
    private TableRewrites() {}

    /** @param mode the plan's; DEFERRED also for a table that is to mark for the time being */
    public static TableRewrite of(MirrorPlan plan, TablePlan table, MirrorMode mode) {
        return switch (mode) {
            case INLINE -> new InlineRewrite(plan, table);
            case DEFERRED -> new DeferredRewrite(plan, table);
        };
    }
}
