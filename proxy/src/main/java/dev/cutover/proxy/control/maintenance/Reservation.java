// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.maintenance;

import java.sql.SQLException;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A thread's places in some pools. They are free again when its last connection and its last hold are closed. */
final class Reservation {
    private final List<MaintenancePool> pools;
    private final Use use;
    private final Deque<Reservation> ofItsThread;
    private final Map<MaintenancePool, Integer> open = new HashMap<>();
    private int holds;

    Reservation(List<MaintenancePool> pools, Use use, Deque<Reservation> ofItsThread) {
        this.pools = pools;
        this.use = use;
        this.ofItsThread = ofItsThread;
        ofItsThread.add(this);
        this.holds = 1;
    }

    Use use() {
        return use;
    }

    /** Keeps the places if it covers all of these pools and has not ended. @return whether it does */
    synchronized boolean hold(List<MaintenancePool> needed) {
        if (holds == 0 || !pools.containsAll(needed)) {
            return false;
        }
        holds++;
        return true;
    }

    /** Any thread may end a hold. */
    void end() {
        synchronized (this) {
            if (--holds > 0) {
                return;
            }
        }
        ofItsThread.remove(this);
        pools.forEach(pool -> pool.release(use));
    }

    /** Counts a connection that is to be opened. */
    synchronized void opening(MaintenancePool pool) throws SQLException {
        int before = open.getOrDefault(pool, 0);
        if (before == use.connections()) {
            throw pool.tooMany(use);
        }
        open.put(pool, before + 1);
    }

    synchronized void closed(MaintenancePool pool) {
        open.merge(pool, -1, Integer::sum);
    }
}
