// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.ErrorFields;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A borrower that waits for a connection. */
public final class Waiter implements ConnectionPermits.Claim {
    private final Pool pool;
    private final String tenant;
    private final Borrower borrower;
    private final long since = System.nanoTime();
    private @Nullable Future<?> timeout;
    private boolean settled;
    private boolean connecting;
    private boolean outlasting;

    Waiter(Pool pool, String tenant, Borrower borrower) {
        this.pool = pool;
        this.tenant = tenant;
        this.borrower = borrower;
    }

    Pool pool() {
        return pool;
    }

    @Override
    public String tenant() {
        return tenant;
    }

    @Override
    public @Nullable TenantShare share() {
        return pool.share();
    }

    Borrower borrower() {
        return borrower;
    }

    long since() {
        return since;
    }

    void timeout(Future<?> scheduled) {
        timeout = scheduled;
    }

    boolean settled() {
        return settled;
    }

    /** A connection is being opened for it. */
    void connects() {
        connecting = true;
    }

    boolean connecting() {
        return connecting;
    }

    /** Its time is over, but there is no primary: it waits on. */
    void outlasts() {
        outlasting = true;
    }

    /** Whether it has waited on, once. */
    boolean outlasted() {
        boolean before = outlasting;
        outlasting = false;
        return before;
    }

    /** The waiting ends, one way or the other. @return false if it had ended before */
    boolean settle() {
        if (settled) {
            return false;
        }
        settled = true;
        if (timeout != null) {
            timeout.cancel(false);
        }
        return true;
    }

    /** The pool has been removed with its tenant or cluster. */
    void refuseRemoved() {
        if (settle()) {
            borrower.refused(ErrorFields.fatal(
                    "57P01",
                    "the tenant or its cluster was removed from the proxy's configuration",
                    "\"cutover tenants\" lists the tenants."));
        }
    }

    /** The borrower has gone. On the pool's event loop. */
    public void withdraw() {
        if (settle()) {
            pool.limit().remove(this);
        }
    }
}
