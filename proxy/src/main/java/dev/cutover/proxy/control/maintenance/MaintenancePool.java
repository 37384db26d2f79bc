// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.maintenance;

import dev.cutover.config.text.OneLine;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The connections to one database as one role. A thread needs a place of its {@link Use} to have any; {@link Reservations} gives
 * places out. Waiting for a place is fair.
 */
public final class MaintenancePool implements Comparable<MaintenancePool> {
    /** For so long background work does not ask again for a connection that could not be opened. */
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The server has answered, and does not let the role in: no password, no right to connect, no such database. */
    private static final Set<String> REFUSED = Set.of("28000", "28P01", "42501", "3D000");

    private static final Comparator<MaintenancePool> ORDER = Comparator.<MaintenancePool, String>comparing(
                    pool -> pool.cluster)
            .thenComparing(pool -> pool.database)
            .thenComparing(pool -> pool.role);

    private final String cluster;
    private final String database;
    private final String role;
    private final DataSource connections;
    private final LongSupplier clock;
    private final Map<Use, Semaphore> places = new EnumMap<>(Use.class);
    private final AtomicBoolean tried = new AtomicBoolean();
    private volatile @Nullable Failure failure;

    /** @param connections must open {@link #mostConnections} if asked to */
    public MaintenancePool(String cluster, String database, String role, DataSource connections) {
        this(cluster, database, role, connections, System::nanoTime);
    }

    MaintenancePool(String cluster, String database, String role, DataSource connections, LongSupplier clock) {
        this.cluster = cluster;
        this.database = database;
        this.role = role;
        this.connections = connections;
        this.clock = clock;
        for (Use use : Use.values()) {
            places.put(use, new Semaphore(use.places(), true));
        }
    }

    private record Failure(SQLException error, long nanos) {}

    /** The most connections that it opens. */
    public static int mostConnections() {
        return Use.mostConnections();
    }

    /** As names of threads and logs have it. */
    public String label() {
        return cluster + "/" + database + "/" + role;
    }

    DataSource connections() {
        return connections;
    }

    /** How its places are taken, one of each {@link Use}. */
    public Stream<Places> usage() {
        return places.entrySet().stream()
                .map(entry -> new Places(
                        cluster,
                        database,
                        role,
                        entry.getKey(),
                        entry.getKey().places(),
                        entry.getKey().places() - entry.getValue().availablePermits(),
                        entry.getValue().getQueueLength()));
    }

    /**
     * The places of one use.
     *
     * @param waiting threads that wait for one
     */
    public record Places(String cluster, String database, String role, Use use, int limit, int taken, int waiting) {}

    /** @return whether the thread has a place now */
    boolean await(Use use, long nanos) throws InterruptedException {
        return semaphore(use).tryAcquire(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }

    /** Takes a free place ahead of waiting threads. @return whether there was one */
    boolean tryNow(Use use) {
        return semaphore(use).tryAcquire();
    }

    void release(Use use) {
        semaphore(use).release();
    }

    private Semaphore semaphore(Use use) {
        Semaphore semaphore = places.get(use);
        if (semaphore == null) {
            throw new IllegalStateException("no places for " + use);
        }
        return semaphore;
    }

    MaintenanceExhaustedException exhausted(Use use, String since) {
        Semaphore semaphore = semaphore(use);
        return new MaintenanceExhaustedException("the maintenance connections are exhausted: all " + use.places()
                + " places of " + use.label() + " work in database " + database + " of cluster " + cluster + " as role "
                + role + " are taken" + since + ", and " + semaphore.getQueueLength()
                + " more wait; wait until other operations have ended, or start fewer at once");
    }

    SQLException tooMany(Use use) {
        return new SQLException("a thread of " + use.label() + " work has " + use.connections()
                + " maintenance connections to database " + database + " of cluster " + cluster
                + " and may have no more; this is a bug, please report it");
    }

    /** Opens a connection. The caller has a place, so the pool is not full and only the server can delay it. */
    Connection open(Use use) throws SQLException {
        Failure last = failure;
        if (use != Use.BACKGROUND || last == null) {
            return openNow();
        }
        // A server that is away is asked by one thread, so that places of other databases are not held meanwhile.
        if (clock.getAsLong() - last.nanos() < REST_NANOS || !tried.compareAndSet(false, true)) {
            throw again(last.error());
        }
        try {
            return openNow();
        } finally {
            tried.set(false);
        }
    }

    /** An error of its own for each thread. */
    private static SQLException again(SQLException last) {
        return last instanceof SQLTransientConnectionException
                ? new SQLTransientConnectionException(last.getMessage(), last.getSQLState(), last)
                : new SQLException(last.getMessage(), last.getSQLState(), last);
    }

    private Connection openNow() throws SQLException {
        try {
            Connection connection = connections.getConnection();
            failure = null;
            return connection;
        } catch (SQLException e) {
            SQLException named = named(e);
            failure = new Failure(named, clock.getAsLong());
            throw named;
        }
    }

    /** The pool below says only that it has no connection. This says which one, and what the server or the network said. */
    private SQLException named(SQLException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        String reason = "cannot connect to database " + database + " of cluster " + cluster + " as maintenance role "
                + role + ": " + OneLine.of(cause);
        String state = e.getSQLState();
        return state != null && REFUSED.contains(state)
                ? new SQLException(reason, state, e)
                : new SQLTransientConnectionException(reason, state, e);
    }

    @Override
    public int compareTo(MaintenancePool other) {
        return ORDER.compare(this, other);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
