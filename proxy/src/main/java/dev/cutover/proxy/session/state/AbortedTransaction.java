// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.Transaction.Verb;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.wire.ErrorFields;
import org.jspecify.annotations.Nullable;

/**
 * A transaction that was taken back while its client was idle in it. The client learns it by its next statement, and has to roll
 * back.
 */
public final class AbortedTransaction {
    private @Nullable ErrorFields reason;

    /** The transaction has been taken back, for this reason. */
    public void because(ErrorFields why) {
        reason = why;
    }

    /** Whether there is one that the client does not know of yet. */
    public boolean untold() {
        return reason != null;
    }

    /** The error that answers this statement; null for none, or if the statement is a ROLLBACK. */
    public @Nullable ErrorFields take(StatementPlan plan) {
        ErrorFields why = reason;
        reason = null;
        if (why != null && !plan.text().statements().isEmpty()) {
            Intent first = plan.text().statements().get(0).intent();
            if (first instanceof Intent.Transaction transaction && transaction.verb() == Verb.ROLLBACK) {
                return null;
            }
        }
        return why;
    }
}
