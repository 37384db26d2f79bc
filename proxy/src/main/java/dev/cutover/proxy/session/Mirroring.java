package dev.cutover.proxy.session;

import dev.cutover.dualwrite.rewrite.Rewrite;
import dev.cutover.dualwrite.rewrite.StatementPlan;

/** Whether a write that could be mirrored may be, in the session and transaction that it is sent in. */
final class Mirroring {
    private static final char REPLACEMENT = '\uFFFD';

    private Mirroring() {}

    /** What is not mirrored is sent as the client wrote it, and the net marks what it changes. */
    static boolean allowed(SessionContext context, boolean readable) {
        return readable && context.transaction.mirrorable() && routedSearchPath(context);
    }

    /** Whether the plan mirrors the statement, and may. */
    static boolean allowed(SessionContext context, StatementPlan plan, boolean readable) {
        return plan.rewrite() instanceof Rewrite.Mirrored && allowed(context, readable);
    }

    /** Bytes that are not UTF-8 would not come out of a text as they went in. The server refuses them. */
    static boolean readable(String sql) {
        return sql.indexOf(REPLACEMENT) < 0;
    }

    /** Whether names mean what the route says. */
    static boolean routedSearchPath(SessionContext context) {
        String own = context.settings.currentSearchPath();
        return own == null
                || SearchPath.effective(context.routing.route(), own)
                        .equals(SearchPath.effective(context.routing.route(), null));
    }
}
