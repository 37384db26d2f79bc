package dev.cutover.proxy.session;

import dev.cutover.dualwrite.rewrite.Rewrite;
import dev.cutover.dualwrite.rewrite.StatementPlan;

/** Whether a write that could be mirrored may be, in the session and transaction that it is sent in. */
final class Mirroring {
    private static final char REPLACEMENT = '\uFFFD';

    private Mirroring() {}

    /** What is not mirrored is sent as the client wrote it, and the net marks what it changes. */
    static boolean allowed(SessionContext context, String sql) {
        return context.transaction.mirrorable()
                && routedSearchPath(context)
                // Bytes that are not UTF-8 would not come out of the text as they went in. The server refuses them.
                && sql.indexOf(REPLACEMENT) < 0;
    }

    /** Whether the plan mirrors the statement, and may. */
    static boolean allowed(SessionContext context, StatementPlan plan, String sql) {
        return plan.rewrite() instanceof Rewrite.Mirrored && allowed(context, sql);
    }

    /** Whether names mean what the route says. */
    static boolean routedSearchPath(SessionContext context) {
        String own = context.settings.currentSearchPath();
        return own == null
                || SearchPath.effective(context.routing.route(), own)
                        .equals(SearchPath.effective(context.routing.route(), null));
    }
}
