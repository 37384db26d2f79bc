package dev.cutover.dualwrite.rewrite;

import dev.cutover.dualwrite.analyze.WriteStatement;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rewrite.Rewrite.Mirrored;

/** Puts together the statements that stand in for clients' writes of one table. */
interface TableRewrite {
    Mirrored rewrite(WriteStatement write, Splice splice);

    /** How many columns a rewritten statement adds to those that the client wants. */
    int columnsRead();

    static TableRewrite of(MirrorPlan plan, TablePlan table) {
        return switch (plan.mode()) {
            case INLINE -> new InlineRewrite(plan, table);
            case DEFERRED -> new DeferredRewrite(plan, table);
        };
    }
}
