// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.maintenance;

import dev.cutover.dualwrite.worker.BackgroundThread;
import java.util.Locale;

/** Who uses the connections of a {@link MaintenancePool}. Each use has places of its own, so that neither starves the other. */
public enum Use {
    /** Verbs, and what an operator asks. */
    OPERATION(5, 3),
    /** Flips at one instant with those of other tenants: each keeps its connections until all have theirs. */
    JOINT_FLIP(50, 3),
    /** Resync, the workers of backfills and verifications, compared reads. */
    BACKGROUND(8, 2);

    private final int places;
    private final int connections;

    Use(int places, int connections) {
        this.places = places;
        this.connections = connections;
    }

    static Use ofThisThread() {
        return Thread.currentThread() instanceof BackgroundThread ? BACKGROUND : OPERATION;
    }

    /** How many threads have connections of one pool at the same time. */
    int places() {
        return places;
    }

    /** How many connections of one pool a thread may have at the same time. */
    int connections() {
        return connections;
    }

    /** The most connections that one pool opens. */
    static int mostConnections() {
        int most = 0;
        for (Use use : values()) {
            most += use.places * use.connections;
        }
        return most;
    }

    /** As metrics and messages name it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
