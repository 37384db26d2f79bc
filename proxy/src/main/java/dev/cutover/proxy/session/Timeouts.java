package dev.cutover.proxy.session;

import dev.cutover.proxy.wire.ErrorFields;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Ends what takes longer than the configuration allows: a transaction that waits for its client, and a query. */
final class Timeouts {
    private final Session session;
    private final Admission admission;
    private @Nullable ScheduledFuture<?> timer;

    Timeouts(Session session, Admission admission) {
        this.session = session;
        this.admission = admission;
    }

    /** Nothing is outstanding, in the middle of a transaction. */
    void clientsTurn() {
        schedule(admission.limits().idleInTransactionTimeout(), this::clientTooSlow);
    }

    /** The server has something to answer. */
    void serversTurn() {
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
            timer = session.context().channel.eventLoop().schedule(task, patience.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void clientTooSlow() {
        session.end(ErrorFields.fatal(
                "25P03",
                "terminating connection due to idle-in-transaction timeout",
                "The transaction waited longer than limits.idle-in-transaction-timeout for its next statement."));
    }

    private void queryTooSlow() {
        session.cancel()
                .request(ErrorFields.error(
                        "57014",
                        "canceling statement due to the proxy's query timeout",
                        "It ran longer than limits.query-timeout."));
    }
}
