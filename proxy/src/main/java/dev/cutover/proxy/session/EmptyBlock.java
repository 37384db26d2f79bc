package dev.cutover.proxy.session;

import dev.cutover.config.ChangedResults;
import dev.cutover.dualwrite.analyze.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.Intent;
import dev.cutover.dualwrite.analyze.Intent.Transaction.Verb;
import java.util.List;

/**
 * A transaction block that the client has begun, in which nothing has run, and of which the client does not know yet: it has sent
 * its next message before BEGIN was answered.
 *
 * <p>Such a block can be taken back, and the client finds itself where it was before. A block that it knows of must not be: a client
 * that sends the failed statement again would run it alone and take it for a part of the transaction.
 */
final class EmptyBlock {
    private final SessionContext context;
    /** Nothing has been executed since the session took its backend. */
    private boolean untouched;

    private boolean begun;
    /** The client has sent a message of another cycle before BEGIN was answered. */
    private boolean pipelined;

    private boolean known;

    EmptyBlock(SessionContext context) {
        this.context = context;
    }

    /** The session has taken a backend, outside of a transaction. */
    void taken() {
        untouched = true;
        begun = false;
    }

    /** A message has come that begins a cycle. It may come again if it has to wait. */
    void cycleBegins() {
        if (begun && !pipelined) {
            pipelined = context.replies.earlierCycleOutstanding();
            known = !pipelined;
        }
    }

    /** These statements are sent to be run. @param statements empty if they are not known */
    void executing(List<Statement> statements) {
        begun = untouched
                && statements.size() == 1
                && statements.get(0).intent() instanceof Intent.Transaction transaction
                && transaction.verb() == Verb.BEGIN;
        untouched = false;
        pipelined = false;
        known = false;
    }

    /** Whether there is one, and the tenant wants it taken back if the result of its first statement has changed. */
    boolean restarts() {
        return begun && !known && context.routing.policy().changedResults() == ChangedResults.RESTART;
    }
}
