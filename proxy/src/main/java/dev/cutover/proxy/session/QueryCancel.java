// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.wire.ErrorFields;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cancels what a session runs. A statement that still waits for a backend is answered at once. One whose backend is still being
 * brought to the session's settings is cancelled after that: the server would cancel the change of the settings.
 */
final class QueryCancel {
    private final Conversation conversation;
    private final BackendLease borrowing;
    private final Consumer<ErrorFields> refuse;
    /** Where a request waits until the settings have been applied; null if none does. */
    private @Nullable Running postponed;

    QueryCancel(Conversation conversation, BackendLease borrowing, Consumer<ErrorFields> refuse) {
        this.conversation = conversation;
        this.borrowing = borrowing;
        this.refuse = refuse;
    }

    /** Cancels the statement that runs or waits for a backend, if one does. */
    void request() {
        Running running = borrowing.running();
        if (running == null) {
            if (borrowing.stopWaiting()) {
                refuse.accept(ErrorFields.error(
                        "57014",
                        "canceling statement due to user request",
                        "The statement was waiting for a backend connection."));
            }
        } else if (conversation.preparing()) {
            postponed = running;
        } else if (runs(running)) {
            running.pool().cancel(running.backend(), () -> runs(running));
        }
    }

    /** The server has answered a change of settings. */
    void settingsApplied() {
        Running running = postponed;
        if (running != null && !conversation.preparing()) {
            postponed = null;
            if (borrowing.running() == running) {
                request();
            }
        }
    }

    /** Whether the server runs something of the client, or will by the time that the request reaches it. */
    private boolean runs(Running running) {
        return borrowing.running() == running && !conversation.answered() && !conversation.preparing();
    }

    /** The proxy cancels the query that runs, and tells the client why. */
    void request(ErrorFields reason) {
        conversation.cancels(reason);
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
