// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.maintenance;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.List;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A database of a tenant as its maintenance role sees it. */
public final class MaintenanceDatabase implements DataSource {
    private final MaintenancePool pool;
    private final Reservations reservations;
    private final List<MaintenancePool> needed;

    /** The database for those who need no other one at the same time. */
    public MaintenanceDatabase(MaintenancePool pool, Reservations reservations) {
        this(pool, reservations, List.of(pool));
    }

    /** @param needed the pools that a thread takes places of when it has none, in their order */
    private MaintenanceDatabase(MaintenancePool pool, Reservations reservations, List<MaintenancePool> needed) {
        this.pool = pool;
        this.reservations = reservations;
        this.needed = needed;
    }

    /** A data source that is one. */
    public static MaintenanceDatabase of(DataSource database) {
        try {
            return database.unwrap(MaintenanceDatabase.class);
        } catch (SQLException e) {
            throw new IllegalArgumentException("not a maintenance database: " + database, e);
        }
    }

    /** The same database for those who may need the other one at the same time. */
    public MaintenanceDatabase beside(MaintenanceDatabase other) {
        return new MaintenanceDatabase(
                pool,
                reservations,
                Stream.of(pool, other.pool).sorted().distinct().toList());
    }

    /** The same database for those who need no other one at the same time. */
    public MaintenanceDatabase alone() {
        return new MaintenanceDatabase(pool, reservations);
    }

    /** The pool that the connections come from. */
    public MaintenancePool pool() {
        return pool;
    }

    /**
     * Takes the places that the thread needs, so that its {@link #getConnection} waits for no other user until the hold is closed.
     *
     * @throws MaintenanceExhaustedException if they are taken for too long
     */
    public Hold reserve() throws SQLException {
        return reserve(Use.ofThisThread());
    }

    /** The same, among the places of another use than the thread's usual one. */
    public Hold reserve(Use use) throws SQLException {
        return reservations.hold(needed, use);
    }

    @Override
    public Connection getConnection() throws SQLException {
        return reservations.connect(pool, needed);
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the pool has one role");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : pool.connections().unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || pool.connections().isWrapperFor(type);
    }

    @Override
    public @Nullable PrintWriter getLogWriter() throws SQLException {
        return pool.connections().getLogWriter();
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
        pool.connections().setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        pool.connections().setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return pool.connections().getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return pool.connections().getParentLogger();
    }
}
