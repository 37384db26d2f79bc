// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.ControlConfig;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;

/** How a proxy connects to the control database for a session that lasts. */
final class ControlSession {
    static final int ANSWER_SECONDS = 5;

    private ControlSession() {}

    static Connection open(ControlConfig config) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", config.login().user());
        if (config.login().password() != null) {
            properties.setProperty("password", config.login().password().value());
        }
        properties.setProperty("ApplicationName", "cutover control");
        properties.putAll(timeouts());
        Connection connection = DriverManager.getConnection(config.url(), properties);
        try {
            // The server notices within seconds that the proxy's host is gone. That of a stopped proxy still answers.
            Rows.execute(
                    connection,
                    List.of(
                            "SET tcp_keepalives_idle = 5",
                            "SET tcp_keepalives_interval = 5",
                            "SET tcp_keepalives_count = 3"));
            return connection;
        } catch (SQLException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    /** For every connection to the control database. */
    static Properties timeouts() {
        Properties timeouts = new Properties();
        timeouts.setProperty("tcpKeepAlive", "true");
        timeouts.setProperty("connectTimeout", Integer.toString(ANSWER_SECONDS));
        timeouts.setProperty("socketTimeout", Integer.toString(2 * ANSWER_SECONDS));
        return timeouts;
    }

    static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // What it held goes with it.
        }
    }
}
