package dev.cutover.dualwrite.rewrite;

import dev.cutover.config.MirrorMode;
import dev.cutover.dualwrite.analyze.WriteStatement;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rewrite.Rewrite.Mirrored;

/** Puts together the statements that stand in for clients' writes of one table. */
interface TableRewrite {
    Mirrored rewrite(WriteStatement write, Splice splice);

    /** How many columns a rewritten statement adds to those that the client wants. */
    int columnsRead();

    /** @param mode the plan's; DEFERRED also for a table that is to mark for the time being */
    static TableRewrite of(MirrorPlan plan, TablePlan table, MirrorMode mode) {
        return switch (mode) {
            case INLINE -> new InlineRewrite(plan, table);
            case DEFERRED -> new DeferredRewrite(plan, table);
        };
    }
}
