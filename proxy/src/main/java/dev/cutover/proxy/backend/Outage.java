// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Which of a cluster's servers is taken for its primary, and since when none was found. All who wait for a primary give up at about the
 * same time: what counts is how long it has been missing, and not how long each has waited. Safe for use by many threads.
 */
final class Outage {
    private final Object lock = new Object();
    private volatile Endpoint primary;
    private volatile boolean missing;
    private long missingSince;

    Outage(ClusterConfig cluster) {
        primary = cluster.endpoint();
    }

    /** The server that was found to be the primary last. */
    Endpoint primary() {
        return primary;
    }

    /** A server has turned out to be the primary. @return the one that was taken for it before; null if it is the same */
    @Nullable Endpoint found(Endpoint server) {
        synchronized (lock) {
            Endpoint before = primary;
            missing = false;
            primary = server;
            return before.equals(server) ? null : before;
        }
    }

    /** All servers were tried in vain. @return for how much longer it is worth trying, in nanoseconds; negative if it is not */
    long searchedInVain(ClusterConfig cluster, long now) {
        synchronized (lock) {
            if (!missing) {
                missing = true;
                missingSince = now;
            }
            return left(cluster, now);
        }
    }

    /** How much longer somebody who waits should wait, in nanoseconds; not positive if nobody is looking for a primary. */
    long patience(ClusterConfig cluster, long now) {
        if (!missing) {
            return 0;
        }
        synchronized (lock) {
            return missing ? left(cluster, now) : 0;
        }
    }

    private long left(ClusterConfig cluster, long now) {
        return cluster.failoverTimeout().toNanos() - (now - missingSince);
    }

    /** The cluster has other servers from now on. */
    void reconfigure(ClusterConfig next) {
        synchronized (lock) {
            if (!next.hosts().contains(primary)) {
                primary = next.endpoint();
            }
        }
    }
}
