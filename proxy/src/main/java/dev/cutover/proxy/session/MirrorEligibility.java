// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.session.state.SearchPath;
import dev.cutover.proxy.session.statement.ClientStatement;

/** Whether a write that could be mirrored may be, in the session and transaction that it is sent in. */
final class MirrorEligibility {
    private MirrorEligibility() {}

    /** What is not mirrored is sent as the client wrote it, and the net marks what it changes. */
    static boolean allowed(
            SessionContext context, BackendConnection backend, Rewrite.Mirrored rewrite, String sql, boolean readable) {
        return readable
                && context.transaction.mirrorable()
                && context.texts.lexesAlike(backend)
                && (context.texts.encoding().writesNames() || !addsCharacters(rewrite.sql(), sql))
                && routedSearchPath(context);
    }

    /** Whether the plan mirrors the statement, and may. */
    static boolean allowed(
            SessionContext context, BackendConnection backend, StatementPlan plan, String sql, boolean readable) {
        return plan.rewrite() instanceof Rewrite.Mirrored rewrite && allowed(context, backend, rewrite, sql, readable);
    }

    static boolean allowed(
            SessionContext context, BackendConnection backend, StatementPlan plan, ClientStatement statement) {
        return plan.rewrite() instanceof Rewrite.Mirrored rewrite
                && allowed(
                        context,
                        backend,
                        rewrite,
                        context.texts.encoding().writesNames() ? "" : statement.sql(),
                        statement.readable());
    }

    /** Whether the rewrite has a character beyond ASCII that the client has not written: one of a name in the mapping. */
    private static boolean addsCharacters(String rewrite, String sql) {
        return rewrite.chars().anyMatch(c -> c >= 0x80 && sql.indexOf(c) < 0);
    }

    /** Whether names mean what the route says. */
    static boolean routedSearchPath(SessionContext context) {
        String own = context.settings.currentSearchPath();
        Route route = context.routing.route();
        return own == null
                || SearchPath.meansTheSame(route, own, route.planner(false).emptySchemas());
    }
}
