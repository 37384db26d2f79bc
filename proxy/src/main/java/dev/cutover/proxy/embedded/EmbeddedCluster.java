// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.embedded;

import dev.cutover.config.launch.ProxyRuntime.EmbeddedServer;
import dev.cutover.config.launch.StartupException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A PostgreSQL unpacked from Maven Central's binaries, on a free loopback port, in a directory that goes with it. */
public final class EmbeddedCluster implements EmbeddedServer {
    private final EmbeddedPostgres postgres;
    private final String version;

    private EmbeddedCluster(EmbeddedPostgres postgres, String version) {
        this.postgres = postgres;
        this.version = version;
    }

    public static EmbeddedCluster start() throws StartupException {
        try {
            EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                    .setServerConfig("listen_addresses", "127.0.0.1")
                    .setServerConfig("max_connections", "200")
                    .setServerConfig("shared_buffers", "256MB")
                    .start();
            return new EmbeddedCluster(postgres, version(postgres));
        } catch (IOException | SQLException | IllegalStateException e) {
            throw new StartupException("embedded PostgreSQL did not start: " + e.getMessage(), e);
        }
    }

    private static String version(EmbeddedPostgres postgres) throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres";
        try (Connection connection = DriverManager.getConnection(url, "postgres", "");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW server_version")) {
            row.next();
            return row.getString(1);
        }
    }

    @Override
    public int port() {
        return postgres.getPort();
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public void close() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
