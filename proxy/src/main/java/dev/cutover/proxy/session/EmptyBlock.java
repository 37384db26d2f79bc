// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.config.ChangedResults;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.Transaction.Verb;
import dev.cutover.proxy.route.TenantRouting;
import java.util.List;

/**
 * A transaction block that the client has begun, in which nothing has run, and of which the client does not know yet: it has sent
 * each message since then before BEGIN was answered.
 *
 * <p>Such a block can be taken back, and the client finds itself where it was before. A block that it knows of must not be: a client
 * that sends the failed statement again would run it alone and take it for a part of the transaction.
 */
final class EmptyBlock {
    private final TenantRouting routing;
    /** Nothing has been executed since the session took its backend. */
    private boolean untouched;

    private boolean begun;
    /** BEGIN is answered; the answer is passed on at the end of the read batch. */
    private boolean answered;
    /** The message at hand has come before, and had to wait. */
    private boolean waited;

    private boolean known;

    EmptyBlock(TenantRouting routing) {
        this.routing = routing;
    }

    /** The session has taken a backend, outside of a transaction. */
    void taken() {
        untouched = true;
        begun = false;
    }

    /** The client has sent a message, or one that had to wait comes again. */
    void messageCame() {
        known |= answered && !waited;
        waited = false;
    }

    /** The message at hand has to wait. */
    void messageWaits() {
        waited = true;
    }

    /** These statements are sent to be run. @param statements empty if they are not known */
    void executing(List<Statement> statements) {
        begun = untouched
                && statements.size() == 1
                && statements.get(0).intent() instanceof Intent.Transaction transaction
                && transaction.verb() == Verb.BEGIN;
        untouched = false;
        answered = false;
        known = false;
    }

    /** A statement has succeeded. */
    void completed() {
        answered = true;
    }

    /** Whether there is one, and the tenant wants it taken back if the result of its first statement has changed. */
    boolean restarts() {
        return begun && !known && routing.policy().changedResults() == ChangedResults.RESTART;
    }
}
