// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A live client session of a tenant, seen from outside its event loop. Every method may be called by any thread. */
public interface TenantSession {
    /** The transaction that the session runs behind the gate, if any. */
    Optional<ActiveTransaction> activeTransaction();

    /**
     * Cancels what runs. The client gets 57014: for the query that runs, or, if it is idle in its transaction, for its
     * next statement. The transaction is taken back at once in the second case, and the client has to roll back in both.
     */
    void cancelRunning();

    /**
     * Closes the session with FATAL 57P01 if it runs no transaction and can begin none: its tenant is no longer served, or it keeps
     * a backend connection to another database or server than the one that its tenant has moved to.
     */
    void endIfLeftBehind();

    SessionView view();

    /** The named statements that the client holds prepared and has described, once the session's event loop says. */
    CompletableFuture<List<DescribedStatement>> describedStatements();
}
