// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.Endpoint;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Which pool a connection belongs to, for how long, and who gets its permit when it closes. */
final class PoolPlace {
    private @Nullable Pool pool;
    private @Nullable Waiter heir;
    /** A lifetime ends up to a tenth early, so that connections opened together do not end together. */
    private static final int JITTER = 10;

    private @Nullable Endpoint server;
    private long retireAt;
    private boolean retires;
    private @Nullable ClusterLimit limit;
    private @Nullable Retirement retirement;
    private long openedAt;

    /** The connection is in this pool from now on. On the pool's event loop. */
    void enter(Pool entered) {
        pool = entered;
        heir = null;
    }

    /** The connection is about to be opened to this server of the cluster. */
    void opening(ClusterLimit cluster, PoolKey key, Endpoint endpoint, long now) {
        limit = cluster;
        server = endpoint;
        retirement = cluster.retirement(key, now);
        openedAt = now;
    }

    /** Whether the cluster has had another address, or another primary, since the connection was opened. */
    boolean outdated() {
        return limit != null && !limit.outage().primary().equals(server);
    }

    /** Sets how old the connection may become; zero for no limit. */
    void limitAge(Duration lifetime, long now) {
        long nanos = lifetime.toNanos();
        if (nanos > 0) {
            retireAt = now + nanos - ThreadLocalRandom.current().nextLong(nanos / JITTER + 1);
            retires = true;
        }
    }

    /** No transaction begins on the connection any more. */
    void retire(long now) {
        retireAt = now - 1;
        retires = true;
    }

    boolean retired(long now) {
        return retires && retireAt - now < 0 || outdated() || retirement != null && retirement.covers(openedAt);
    }

    /** The server, or the network, ends the connection. */
    void lost(long now) {
        if (limit != null) {
            limit.lost(now);
        }
    }

    /** The connection is on its way to the waiter's event loop, and in no pool. */
    void leaveFor(Waiter next) {
        pool = null;
        heir = next;
    }

    /** The connection closes for this waiter. */
    void bequeath(Waiter next) {
        heir = next;
    }

    /** Null while the connection moves between event loops. */
    @Nullable Pool pool() {
        return pool;
    }

    @Nullable Waiter heir() {
        return heir;
    }
}
