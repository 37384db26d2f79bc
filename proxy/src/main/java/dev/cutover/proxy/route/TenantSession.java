package dev.cutover.proxy.route;

import java.util.Optional;

/** A live client session of a tenant, seen from outside its event loop. Every method may be called by any thread. */
public interface TenantSession {
    /** The transaction that the session runs behind the gate, if any. */
    Optional<ActiveTransaction> activeTransaction();

    /**
     * Cancels what runs. The client gets 57014: for the query that runs, or, if it is idle in its transaction, for its
     * next statement. The transaction is taken back at once in the second case, and the client has to roll back in both.
     */
    void cancelRunning();

    /** Closes the session with FATAL 57P01, for a pinned session that may not hold up a flip. */
    void terminate(String reason);

    SessionView view();
}
