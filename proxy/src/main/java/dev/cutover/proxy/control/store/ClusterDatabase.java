// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Login;
import dev.cutover.dualwrite.database.Address;
import dev.cutover.dualwrite.database.Expulsion;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.util.Locale;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to a database, at the address that its cluster has at that moment.
 *
 * @param cluster as it is configured now
 * @param proxy the id of this proxy
 * @param opened receives each connection that was opened
 */
public record ClusterDatabase(
        Supplier<ClusterConfig> cluster,
        String database,
        Login login,
        Supplier<String> proxy,
        Consumer<Connection> opened)
        implements DataSource, Address {
    private static final Driver DRIVER = new org.postgresql.Driver();
    private static final int LOGIN_SECONDS = 5;
    /** For each of several servers: one that is down must not use up the time of the others. */
    private static final String HOST_SECONDS = "2";

    @Override
    public Connection getConnection() throws SQLException {
        ClusterConfig now = cluster.get();
        String self = proxy.get();
        Properties properties = properties(now);
        properties.setProperty("ApplicationName", Expulsion.APPLICATION + self);
        properties.setProperty(
                "loginTimeout", Integer.toString(LOGIN_SECONDS * now.hosts().size()));
        if (now.failsOver()) {
            properties.setProperty("socketTimeout", HOST_SECONDS);
        }
        Connection connection = DRIVER.connect(url(now), properties);
        if (connection == null) {
            throw new SQLException("no connection to cluster " + now.name());
        }
        if (!cluster.get().hosts().equals(now.hosts())) {
            connection.close();
            throw new SQLTransientConnectionException(
                    "the address of cluster " + now.name() + " has changed; try again", "08001");
        }
        try {
            if (now.failsOver()) {
                // It was for the login; what follows may take long.
                connection.setNetworkTimeout(Runnable::run, 0);
            }
            opened.accept(connection);
            Expulsion.refuse(connection, self);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }

    @Override
    public String url() {
        return url(cluster.get());
    }

    @Override
    public Properties driver() {
        return properties(cluster.get());
    }

    private String url(ClusterConfig now) {
        String hosts = now.hosts().stream().map(Endpoint::toString).collect(Collectors.joining(","));
        return "jdbc:postgresql://" + hosts + "/" + database;
    }

    private Properties properties(ClusterConfig now) {
        Properties properties = new Properties();
        properties.setProperty("user", login.user());
        if (login.password() != null) {
            properties.setProperty("password", login.password().value());
        }
        properties.setProperty("ApplicationName", Expulsion.APPLICATION + proxy.get());
        if (now.failsOver()) {
            properties.setProperty("targetServerType", "primary");
            properties.setProperty("hostRecheckSeconds", "0");
            properties.setProperty("connectTimeout", HOST_SECONDS);
        }
        tls(properties, now.tls());
        return properties;
    }

    /** The modes are libpq's, and so are pgjdbc's. */
    private static void tls(Properties properties, ClusterTls tls) {
        if (tls.mode() == ClusterTls.Mode.DISABLE) {
            return;
        }
        properties.setProperty(
                "sslmode", tls.mode().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        if (tls.ca() != null) {
            properties.setProperty("sslrootcert", tls.ca().toString());
        }
        if (tls.certificate() != null && tls.key() != null) {
            properties.setProperty("sslcert", tls.certificate().toString());
            properties.setProperty("sslkey", tls.key().toString());
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the database is opened as one role");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return LOGIN_SECONDS;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("no java.util.logging");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (!type.isInstance(this)) {
            throw new SQLException("not a " + type.getName());
        }
        return type.cast(this);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }
}
