package dev.cutover.proxy.session;

import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.wire.ErrorFields;

/** Cancels what a session runs. */
final class QueryCancel {
    private final SessionContext context;
    private final Borrowing borrowing;

    QueryCancel(SessionContext context, Borrowing borrowing) {
        this.context = context;
        this.borrowing = borrowing;
    }

    /** Cancels the query that runs, if one does. */
    void request() {
        Running running = borrowing.running();
        if (running != null && !context.replies.isEmpty()) {
            running.pool()
                    .cancel(running.backend(), () -> borrowing.running() == running && !context.replies.isEmpty());
        }
    }

    /** The proxy cancels the query that runs, and tells the client why. */
    void request(ErrorFields reason) {
        context.cancelReason = reason;
        request();
    }

    /** Why an operator cancels a transaction. */
    static ErrorFields byOperator(Running running) {
        return ErrorFields.error(
                "57014",
                "canceling transaction of tenant \"" + running.route().tenant() + "\" by an operator's request",
                "Roll back and repeat the transaction.");
    }
}
