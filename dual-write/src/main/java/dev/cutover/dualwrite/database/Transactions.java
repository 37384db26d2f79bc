// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Short transactions that would rather give way than make a client wait. */
public final class Transactions {
    /** A row beyond one of the server's limits, such as the size of an index entry, or the proxy's own limit of rows. */
    private static final String LIMIT_EXCEEDED = "54000";

    private static final Set<String> GIVES_WAY = Set.of(
            "55P03", // lock_not_available
            "40P01", // deadlock_detected
            "40001"); // serialization_failure

    private Transactions() {}

    /** The work of one transaction. */
    @FunctionalInterface
    public interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    /** The work of one transaction that has no result. */
    @FunctionalInterface
    public interface Steps {
        void run(Connection connection) throws SQLException;

        /** The same as work whose result says nothing. */
        default Work<Boolean> asWork() {
            return connection -> {
                run(connection);
                return true;
            };
        }
    }

    /**
     * Runs the work in one READ COMMITTED transaction.
     *
     * @param lockTimeout how long a lock may be waited for. Below {@code deadlock_timeout} (one second by default), so that
     *     in a deadlock with a client this side is the one that gives up
     */
    public static <T> T once(DataSource database, Duration lockTimeout, Work<T> work) throws SQLException {
        return once(database, "SET LOCAL lock_timeout = " + lockTimeout.toMillis(), work);
    }

    /**
     * Runs work on the rows of a tenant's side in one READ COMMITTED transaction.
     *
     * @param path the side's {@code search_path}, as SQL text; see {@link SchemaPath}
     */
    public static <T> T once(DataSource database, Duration lockTimeout, String path, Work<T> work) throws SQLException {
        String settings = "SET LOCAL lock_timeout = " + lockTimeout.toMillis() + "; " + SchemaPath.setting(path);
        return once(database, settings, work);
    }

    private static <T> T once(DataSource database, String settings, Work<T> work) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(settings);
                }
                T result = work.run(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    /** Like {@link #once}, again and again while locks are not to be had, with growing pauses, at most {@code attempts} times. */
    public static <T> T retrying(DataSource database, Duration lockTimeout, int attempts, Work<T> work)
            throws SQLException, InterruptedException {
        return retrying(attempts, () -> once(database, lockTimeout, work));
    }

    /** The same for work on the rows of a tenant's side. @param path the side's {@code search_path}, as SQL text */
    public static <T> T retrying(DataSource database, Duration lockTimeout, String path, int attempts, Work<T> work)
            throws SQLException, InterruptedException {
        return retrying(attempts, () -> once(database, lockTimeout, path, work));
    }

    private interface Attempt<T> {
        T make() throws SQLException;
    }

    private static <T> T retrying(int attempts, Attempt<T> work) throws SQLException, InterruptedException {
        long pause = 20;
        for (int attempt = 1; ; attempt++) {
            try {
                return work.make();
            } catch (SQLException e) {
                if (attempt >= attempts || !gaveWay(e)) {
                    throw e;
                }
                Thread.sleep(pause);
                pause = Math.min(1_000, pause * 2);
            }
        }
    }

    /** Whether there was no server to answer: its connection has broken, or none could be had. */
    public static boolean serverGone(SQLException e) {
        String state = e.getSQLState();
        return e instanceof SQLTransientConnectionException
                || state == null
                || state.startsWith("08")
                || state.startsWith("57P0")
                || state.equals("53300");
    }

    /** Whether a row was refused: by a constraint (class 23), by a limit (54000), or since a value is none of its type's. */
    public static boolean refuses(SQLException e) {
        String state = e.getSQLState();
        return refusesValue(e) || state != null && (state.startsWith("23") || state.equals(LIMIT_EXCEEDED));
    }

    /**
     * Whether the error is about a value: class 22, or 0A000 for a cast such as NaN to an integer. PostgreSQL also uses 0A000 for a
     * cached plan whose result has changed. That error is not about a value.
     */
    public static boolean refusesValue(SQLException e) {
        String state = e.getSQLState();
        return state != null && (state.startsWith("22") || state.equals("0A000") && !ofAnOldPlan(e));
    }

    private static boolean ofAnOldPlan(SQLException e) {
        @Nullable ServerErrorMessage message = e instanceof PSQLException error ? error.getServerErrorMessage() : null;
        return message != null && "RevalidateCachedQuery".equals(message.getRoutine());
    }

    /** Whether the statement only lost against another transaction and may be tried again. */
    public static boolean gaveWay(SQLException e) {
        return e.getSQLState() != null && GIVES_WAY.contains(e.getSQLState());
    }

    /** Whether a failure may pass: the server was lost or refused connections, or a lock was not granted in time. */
    public static boolean mayPass(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException e) {
                return serverGone(e) || gaveWay(e);
            }
        }
        return false;
    }
}
