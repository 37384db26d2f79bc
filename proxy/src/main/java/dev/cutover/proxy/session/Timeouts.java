// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.session.shared.Admission;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Ends what takes longer than the configuration allows: a transaction that waits for its client, and a query. */
final class Timeouts {
    private final SessionControl session;
    private final EventLoop loop;
    private final Conversation conversation;
    private final QueryCancel cancel;
    private final Admission admission;
    private @Nullable ScheduledFuture<?> timer;
    /** Whether replies are outstanding. */
    private boolean waiting;

    Timeouts(
            SessionControl session,
            EventLoop loop,
            Conversation conversation,
            QueryCancel cancel,
            Admission admission) {
        this.session = session;
        this.loop = loop;
        this.conversation = conversation;
        this.cancel = cancel;
        this.admission = admission;
    }

    /** A message of the client has been sent. */
    void sent() {
        if (!waiting && !conversation.answered()) {
            serversTurn();
        }
    }

    /** ReadyForQuery has come: whose turn is it? */
    void answered(boolean idle) {
        waiting = false;
        if (!conversation.answered()) {
            serversTurn();
        } else if (idle) {
            none();
        } else {
            schedule(admission.limits().idleInTransactionTimeout(), this::clientTooSlow);
        }
    }

    private void serversTurn() {
        waiting = true;
        schedule(admission.limits().queryTimeout(), this::queryTooSlow);
    }

    void none() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void schedule(Duration patience, Runnable task) {
        none();
        if (!patience.isZero()) {
            timer = loop.schedule(task, patience.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void clientTooSlow() {
        session.end(ErrorFields.fatal(
                "25P03",
                "terminating connection due to idle-in-transaction timeout",
                "The transaction waited longer than limits.idle-in-transaction-timeout for its next statement."));
    }

    private void queryTooSlow() {
        cancel.request(ErrorFields.error(
                "57014",
                "canceling statement due to the proxy's query timeout",
                "It ran longer than limits.query-timeout."));
    }
}
