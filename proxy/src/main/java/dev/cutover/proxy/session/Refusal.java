// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.metrics.ProxyMeters.Outcome;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.state.ToldParameters;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import org.jspecify.annotations.Nullable;

/**
 * How a statement is refused. Outside a transaction, with nothing outstanding, the proxy sends the error. Otherwise the
 * backend is sent a text that calls a function which no server has, and its error is replaced by ours.
 *
 * <p>So the server itself does what belongs to an error: it aborts the transaction, skips to Sync, answers ReadyForQuery
 * with the right status, in either protocol and at the right place among pipelined replies. It needs no language, no
 * privilege and no function on the server, and its log shows the reason.
 */
final class Refusal {
    private Refusal() {}

    static ErrorFields error(Rewrite.Refused refused) {
        return ErrorFields.error(refused.sqlState(), refused.message(), refused.hint());
    }

    /** What the client must be told in answer to a statement in place of a reply to it; null if it may run. */
    static @Nullable ErrorFields of(SessionContext context, Running running, StatementPlan plan) {
        ErrorFields aborted = context.transaction.aborted().take(plan);
        if (aborted == null && plan.rewrite() instanceof Rewrite.Refused refused) {
            context.services.meters().statements(plan.kind(), Outcome.REFUSED).increment();
            plan.sending(true);
            return error(refused);
        }
        ErrorFields error = aborted == null ? IdleSessionTimeout.refusal(context, plan) : aborted;
        return error == null ? undeclared(running, plan) : error;
    }

    /** The error for a SHOW of a feature that is not declared. In a failed block the server refuses every statement. */
    static @Nullable ErrorFields undeclared(Running running, StatementPlan plan) {
        return running.backend().transactionStatus() == BackendMessage.FAILED
                ? null
                : ToldParameters.refusal(running.route(), plan);
    }

    static String text(ErrorFields error) {
        return "SELECT pg_catalog.cutover_refused() /* "
                + error.toString().replace("*/", "* /").replace("/*", "/ *") + " */";
    }
}
