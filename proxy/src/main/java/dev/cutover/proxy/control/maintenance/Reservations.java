// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.maintenance;

import dev.cutover.config.time.Deadline;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Gives threads their places in the pools of maintenance connections.
 *
 * <p>Why nobody waits in a circle:
 *
 * <ul>
 *   <li>A thread waits for places only while it has none. It takes the places of all pools that it may need at once, in the
 *       order of the pools, so a thread that waits for a place of one pool has places of earlier pools only.
 *   <li>A place stands for as many connections as its {@link Use} says, and a pool opens that many for each place. So a thread
 *       that has a place waits for no other user of the pool when it needs a second connection.
 *   <li>A thread that has places and needs a pool that they do not cover takes a free place or fails; it does not wait.
 *   <li>A thread that has a place waits for no thread that may need one. That is a rule for callers: they close their connections
 *       before they wait for other threads, and take a connection inside a lock only if no holder of a connection waits for that
 *       lock. Where the lock cannot be avoided, they {@link MaintenanceDatabase#reserve reserve} before they take it.
 * </ul>
 *
 * So the thread that has places of the last pool always proceeds, and by induction every other one.
 */
public final class Reservations {
    private final Duration patience;
    private final ThreadLocal<Deque<Reservation>> ofThisThread = ThreadLocal.withInitial(ConcurrentLinkedDeque::new);

    /** @param patience how long a thread waits for its places before it fails */
    public Reservations(Duration patience) {
        this.patience = patience;
    }

    Connection connect(MaintenancePool pool, List<MaintenancePool> needed) throws SQLException {
        Reservation reservation = reserve(List.of(pool), needed, Use.ofThisThread());
        boolean counted = false;
        try {
            reservation.opening(pool);
            counted = true;
            Connection connection = pool.open(reservation.use());
            return LentConnection.of(connection, () -> close(reservation, pool));
        } catch (SQLException | RuntimeException | Error e) {
            if (counted) {
                close(reservation, pool);
            } else {
                reservation.end();
            }
            throw e;
        }
    }

    private static void close(Reservation reservation, MaintenancePool pool) {
        reservation.closed(pool);
        reservation.end();
    }

    /** Places in all of these pools for this thread, until the hold is closed and no connection is open. */
    Hold hold(List<MaintenancePool> needed, Use use) throws SQLException {
        return reserve(needed, needed, use)::end;
    }

    /**
     * @param now the pools that are needed
     * @param all those that may be needed before the places are given back
     * @param use of the places that the thread takes if it has none
     */
    private Reservation reserve(List<MaintenancePool> now, List<MaintenancePool> all, Use use) throws SQLException {
        Deque<Reservation> own = ofThisThread.get();
        for (Reservation each : own) {
            if (each.hold(now)) {
                return each;
            }
        }
        return own.isEmpty() ? await(all, use, own) : freePlaces(now, use, own);
    }

    private Reservation await(List<MaintenancePool> pools, Use use, Deque<Reservation> own) throws SQLException {
        Deadline deadline = Deadline.after(patience);
        List<MaintenancePool> taken = new ArrayList<>();
        try {
            for (MaintenancePool pool : pools) {
                if (!pool.await(use, deadline.nanosLeft())) {
                    throw pool.exhausted(use, " for " + patience.toSeconds() + " s");
                }
                taken.add(pool);
            }
            return new Reservation(pools, use, own);
        } catch (SQLException e) {
            taken.forEach(pool -> pool.release(use));
            throw e;
        } catch (InterruptedException e) {
            taken.forEach(pool -> pool.release(use));
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException("interrupted while it waited for a maintenance connection", e);
        }
    }

    private static Reservation freePlaces(List<MaintenancePool> pools, Use use, Deque<Reservation> own)
            throws SQLException {
        List<MaintenancePool> taken = new ArrayList<>();
        for (MaintenancePool pool : pools) {
            if (!pool.tryNow(use)) {
                taken.forEach(each -> each.release(use));
                throw pool.exhausted(use, "");
            }
            taken.add(pool);
        }
        return new Reservation(pools, use, own);
    }
}
