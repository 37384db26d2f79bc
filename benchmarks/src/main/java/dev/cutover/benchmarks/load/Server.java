// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** The PostgreSQL that everything is measured against. */
final class Server implements AutoCloseable {
    static final String USER = "postgres";
    static final String DATABASE = "bench";

    private final EmbeddedPostgres postgres;

    private Server(EmbeddedPostgres postgres) {
        this.postgres = postgres;
    }

    static Server start(boolean fsync) throws IOException, SQLException {
        return start(fsync, Map.of());
    }

    /** @param more settings */
    static Server start(boolean fsync, Map<String, String> more) throws IOException, SQLException {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("max_connections", "2000")
                .setServerConfig("shared_buffers", "512MB")
                .setServerConfig("max_wal_size", "4GB")
                .setServerConfig("wal_level", "logical")
                .setServerConfig("fsync", fsync ? "on" : "off")
                .setServerConfig("synchronous_commit", fsync ? "on" : "off");
        more.forEach(builder::setServerConfig);
        Server server = new Server(builder.start());
        server.execute("postgres", "CREATE DATABASE " + DATABASE);
        server.execute("postgres", "CREATE DATABASE control");
        return server;
    }

    int port() {
        return postgres.getPort();
    }

    Connection connect(String database) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port() + "/" + database, USER, "");
    }

    void execute(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    String show(String setting) throws SQLException {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW " + setting)) {
            row.next();
            return row.getString(1);
        }
    }

    @Override
    public void close() throws IOException {
        postgres.close();
    }
}
