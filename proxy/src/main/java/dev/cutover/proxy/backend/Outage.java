// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import java.util.List;

/**
 * Which of a cluster's servers is taken for its primary, and since when none was found. All who wait for a primary give up at about the
 * same time: what counts is how long it has been missing, and not how long each has waited. Safe for use by many threads.
 */
final class Outage {
    private final Object lock = new Object();
    private List<Endpoint> hosts;
    private volatile Endpoint primary;
    private volatile boolean missing;
    private volatile int generation;
    private long missingSince;
    private boolean known;

    Outage(ClusterConfig cluster) {
        hosts = cluster.hosts();
        primary = cluster.endpoint();
    }

    /** The server that was found to be the primary last. */
    Endpoint primary() {
        return primary;
    }

    /** Changes with the primary and with the cluster's servers. What was found in an earlier one may be out of date. */
    int generation() {
        return generation;
    }

    /** What has come of a server that says that it is the primary. */
    enum Found {
        /** It was taken for the primary before, or none was known. */
        SAME,
        /** Another one was. */
        ANOTHER,
        /** Another primary, or other servers, have come since the search began. */
        OUT_OF_DATE
    }

    /** @param begun the {@link #generation} in which the search began */
    Found found(Endpoint server, int begun) {
        synchronized (lock) {
            if (server.equals(primary)) {
                missing = false;
                known = true;
                return Found.SAME;
            }
            if (begun != generation) {
                return Found.OUT_OF_DATE;
            }
            missing = false;
            primary = server;
            generation++;
            // At first it is a guess: the first of the list.
            Found found = known ? Found.ANOTHER : Found.SAME;
            known = true;
            return found;
        }
    }

    /** Whether somebody looks for a primary in vain. */
    boolean missing() {
        return missing;
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

    /** The cluster may have other servers from now on. If it has the same, a search that is running continues. */
    void reconfigure(ClusterConfig next) {
        synchronized (lock) {
            if (hosts.equals(next.hosts())) {
                return;
            }
            hosts = next.hosts();
            generation++;
            missing = false;
            if (!hosts.contains(primary)) {
                primary = next.endpoint();
            }
        }
    }
}
