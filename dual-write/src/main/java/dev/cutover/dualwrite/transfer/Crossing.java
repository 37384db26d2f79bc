// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transfer;

import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.database.SchemaPath;
import dev.cutover.dualwrite.model.MirrorPlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that reads the serving side's database and writes the idle side's: two connections, each with a transaction of its
 * own. The work commits them in the order that makes it repeatable.
 *
 * <p>Values travel as text. Whatever of a type's text depends on settings is set to what loses nothing and reads the same
 * on both sides.
 */
public final class Crossing {
    private static final String SETTINGS = "SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres';"
            + " SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL xmloption = 'content';"
            + " SET LOCAL lc_monetary = 'C';"
            // Keys are looked up by their index, whatever the statistics of a table say that grows fast.
            + " SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL lock_timeout = ";
    /** A server that has vanished from the network does not hold the other one's snapshot for longer. */
    private static final int NETWORK_TIMEOUT_MILLIS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(Crossing.class);
    private static final Executor SAME_THREAD = Runnable::run;

    private Crossing() {}

    /** The work of one crossing. */
    @FunctionalInterface
    public interface Work<T> {
        T run(Connection serving, Connection idle) throws SQLException;
    }

    /** The part of a crossing that one side's connection does. */
    @FunctionalInterface
    public interface OneSide<T> {
        T run(Connection connection) throws SQLException;
    }

    /** Runs the work; what it has not committed is rolled back, the idle side first. */
    public static <T> T run(TwoDatabases databases, Duration lockTimeout, Work<T> work) throws SQLException {
        try (Connection serving = databases.serving().getConnection();
                Connection idle = databases.idle().getConnection()) {
            begin(serving, lockTimeout);
            begin(idle, lockTimeout);
            try {
                return work.run(serving, idle);
            } finally {
                rollback(idle);
                rollback(serving);
            }
        }
    }

    /** Runs work in which a tenant's own code runs, each side's under its own {@code search_path}. */
    public static <T> T run(TwoDatabases databases, Duration lockTimeout, MirrorPlan plan, Work<T> work)
            throws SQLException {
        return run(databases, lockTimeout, (serving, idle) -> {
            SchemaPath.begin(serving, plan.servingPath());
            SchemaPath.begin(idle, plan.idlePath());
            return work.run(serving, idle);
        });
    }

    private static void begin(Connection connection, Duration lockTimeout) throws SQLException {
        connection.setNetworkTimeout(SAME_THREAD, NETWORK_TIMEOUT_MILLIS);
        connection.setAutoCommit(false);
        settings(connection, lockTimeout);
    }

    private static void settings(Connection connection, Duration lockTimeout) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(SETTINGS + lockTimeout.toMillis());
        }
    }

    private static void rollback(Connection connection) {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            // Its server has gone, or it is out of step with it. What broke it has been or will be told.
            abort(connection);
        }
    }

    /** A pool would give it to somebody else. */
    private static void abort(Connection connection) {
        try {
            connection.abort(SAME_THREAD);
        } catch (SQLException e) {
            LOG.warn("a connection that could not be rolled back could not be closed either", e);
        }
    }
}
