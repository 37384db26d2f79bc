// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.ControlConfig;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.control.schedule.RepeatedTask;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * That this proxy is the one that works on the control database: a session advisory lock there, held for as long as the proxy
 * lives. A server that restarts has forgotten it; so it is looked after, and taken again.
 */
public final class Ownership implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ownership.class);
    private static final long OWNER_LOCK = 0x637574_6f766572L; // "cutover"
    private static final long OWNER_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_MILLIS = 1_000;
    private static final int ANSWER_SECONDS = 5;

    private final String url;
    private final Properties properties;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "control-owner");
        thread.setDaemon(true);
        return thread;
    });
    private Connection connection;
    private boolean lost;

    private Ownership(String url, Properties properties, Connection connection) {
        this.url = url;
        this.properties = properties;
        this.connection = connection;
    }

    /** Connects and takes the lock; waits a while for a proxy that was killed a moment ago. */
    static Ownership take(ControlConfig config) throws StartupException {
        Properties properties = new Properties();
        properties.setProperty("user", config.login().user());
        if (config.login().password() != null) {
            properties.setProperty("password", config.login().password().value());
        }
        properties.setProperty("ApplicationName", "cutover control");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("connectTimeout", Integer.toString(ANSWER_SECONDS));
        try {
            Connection connection = DriverManager.getConnection(config.url(), properties);
            long deadline = System.nanoTime() + OWNER_WAIT_NANOS;
            while (!tryLock(connection)) {
                // A proxy that was killed a moment ago holds the lock until its server process notices.
                if (System.nanoTime() - deadline > 0) {
                    closeQuietly(connection);
                    throw new StartupException(
                            "control.url: another proxy works on this control database; one proxy at a time can");
                }
                Thread.sleep(100);
            }
            Ownership taken = new Ownership(config.url(), properties, connection);
            taken.watch.scheduleWithFixedDelay(
                    new RepeatedTask("control-owner", taken::look), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            return taken;
        } catch (SQLException e) {
            throw new StartupException("control.url: cannot connect to " + config.url() + ": " + OneLine.of(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupException("interrupted", e);
        }
    }

    /**
     * Makes sure of it before something is written.
     *
     * @throws SQLException if the control database does not answer, or another proxy has taken it over
     */
    synchronized void require() throws SQLException {
        if (connection.isValid(ANSWER_SECONDS)) {
            return;
        }
        closeQuietly(connection);
        connection = DriverManager.getConnection(url, properties);
        if (!tryLock(connection)) {
            closeQuietly(connection);
            throw new SQLException("another proxy has taken over the control database; nothing was changed");
        }
        LOG.info("the control database is owned again");
    }

    private void look() {
        try {
            require();
            lost = false;
        } catch (SQLException e) {
            if (!lost) {
                lost = true;
                LOG.warn("the control database is not owned at this moment reason={}", OneLine.of(e));
            }
        }
    }

    private static boolean tryLock(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_try_advisory_lock(?)")) {
            statement.setLong(1, OWNER_LOCK);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() && rows.getBoolean(1);
            }
        }
    }

    @Override
    public void close() {
        watch.shutdownNow();
        synchronized (this) {
            closeQuietly(connection);
        }
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // It held nothing but the lock, which goes with it.
        }
    }
}
