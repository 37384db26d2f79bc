// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.AuthConfig.User;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Limits;
import dev.cutover.config.PoolConfig;
import dev.cutover.config.Secret;
import dev.cutover.dualwrite.testing.DataDirectory;
import dev.cutover.proxy.testing.Certificates;
import dev.cutover.proxy.testing.ProxyFixture;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the proxy logs in to a server that asks for md5, a password in clear, or a client certificate. */
final class BackendAuthenticationIT {
    private static final String PASSWORD = "a secret";

    @TempDir
    private static Path directory;

    private static Certificates certificates;
    private static Certificates.Pair client;
    private static EmbeddedPostgres postgres;

    private ProxyFixture proxy;

    @BeforeAll
    static void startServer() throws Exception {
        certificates = Certificates.create(directory);
        Certificates.Pair server = certificates.sign("own", "localhost");
        client = certificates.sign("certified", "client.example");
        Files.setPosixFilePermissions(server.key(), PosixFilePermissions.fromString("rw-------"));
        postgres = EmbeddedPostgres.builder()
                .setDataDirectory(DataDirectory.create())
                .setServerConfig("fsync", "off")
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("ssl", "on")
                .setServerConfig("ssl_cert_file", server.certificate().toString())
                .setServerConfig("ssl_key_file", server.key().toString())
                .setServerConfig("ssl_ca_file", certificates.ca().toString())
                .start();
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA blue");
            statement.execute("SET password_encryption TO md5");
            statement.execute("CREATE ROLE old LOGIN PASSWORD '" + PASSWORD + "'");
            statement.execute("CREATE ROLE clear LOGIN PASSWORD '" + PASSWORD + "'");
            statement.execute("CREATE ROLE certified LOGIN");
            try (ResultSet row = statement.executeQuery("SHOW hba_file")) {
                row.next();
                Files.writeString(
                        Path.of(row.getString(1)),
                        "host all old all md5\nhost all clear all password\nhostssl all certified all cert\n"
                                + "host all postgres 127.0.0.1/32 trust\n");
            }
            statement.execute("SELECT pg_reload_conf()");
        }
    }

    @AfterAll
    static void stopServer() throws IOException {
        postgres.close();
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"old", "clear"})
    void aPasswordLogsInByMd5AndInClear(String role) throws SQLException {
        start(role, ClusterTls.DISABLED);
        assertEquals(role, currentUser(role));
    }

    @Test
    void aPasswordIsSentInClearWithinTls() throws SQLException {
        start("clear", new ClusterTls(ClusterTls.Mode.REQUIRE, null, null, null));
        assertEquals("clear", currentUser("clear"));
    }

    @Test
    void aClientCertificateLogsIn() throws SQLException {
        start(
                "certified",
                new ClusterTls(ClusterTls.Mode.VERIFY_FULL, certificates.ca(), client.certificate(), client.key()));
        assertEquals("certified", currentUser("certified"));
    }

    @Test
    void withoutItsCertificateTheServerRefuses() {
        start("certified", new ClusterTls(ClusterTls.Mode.VERIFY_FULL, certificates.ca(), null, null));
        SQLException refusal = assertThrows(SQLException.class, () -> currentUser("certified"));
        assertEquals("28000", refusal.getSQLState());
    }

    private void start(String role, ClusterTls tls) {
        proxy = ProxyFixture.start(
                new ClusterConfig(
                        ProxyFixture.CLUSTER, new Endpoint("127.0.0.1", postgres.getPort()), new PoolConfig(2), tls),
                "postgres",
                null,
                new AuthConfig(AuthConfig.Method.TRUST, Map.of(role, new User(new Secret(PASSWORD), null))),
                Limits.DEFAULT);
    }

    private String currentUser(String role) throws SQLException {
        try (Connection connection = proxy.connect(role);
                ResultSet row = connection.createStatement().executeQuery("SELECT current_user")) {
            row.next();
            return row.getString(1);
        }
    }
}
