// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** One database of the {@link TestServer}. */
public record TestDatabase(TestServer server, String name) {
    public String url() {
        return server.url(name);
    }

    /** A new superuser connection in autocommit mode. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), server.user(), server.password());
    }

    /** New superuser connections, which nobody pools. */
    public DataSource dataSource() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url());
        source.setUser(server.user());
        source.setPassword(server.password());
        return source;
    }

    /** Runs SQL text, several statements if need be. */
    public void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of every row, as text. */
    public List<String> query(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }
}
