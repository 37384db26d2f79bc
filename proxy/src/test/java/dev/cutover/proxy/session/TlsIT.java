// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.AuthConfig.User;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Limits;
import dev.cutover.config.ListenTls;
import dev.cutover.config.PoolConfig;
import dev.cutover.config.Secret;
import dev.cutover.dualwrite.testing.DataDirectory;
import dev.cutover.proxy.testing.Certificates;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.wire.TlsProvider;
import io.netty.handler.ssl.OpenSsl;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS on both sides of the proxy, before a server that takes nothing but TLS and SCRAM. */
final class TlsIT {
    private static final String PASSWORD = "a secret";

    @TempDir
    private static Path directory;

    private static Certificates certificates;
    private static Certificates.Pair own;
    private static Certificates.Pair elsewhere;
    private static EmbeddedPostgres postgres;

    private ProxyFixture proxy;

    @BeforeAll
    static void startServer() throws Exception {
        certificates = Certificates.create(directory);
        own = certificates.sign("own", "localhost");
        elsewhere = certificates.sign("elsewhere", "elsewhere.example");
        Files.setPosixFilePermissions(own.key(), PosixFilePermissions.fromString("rw-------"));
        postgres = EmbeddedPostgres.builder()
                .setDataDirectory(DataDirectory.create())
                .setServerConfig("fsync", "off")
                .setServerConfig("listen_addresses", "127.0.0.1,127.0.0.2")
                .setServerConfig("ssl", "on")
                .setServerConfig("ssl_cert_file", own.certificate().toString())
                .setServerConfig("ssl_key_file", own.key().toString())
                .start();
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA blue");
            statement.execute("CREATE ROLE app LOGIN PASSWORD '" + PASSWORD + "'");
            try (ResultSet row = statement.executeQuery("SHOW hba_file")) {
                row.next();
                Files.writeString(
                        Path.of(row.getString(1)),
                        "hostssl all app all scram-sha-256\nhost all postgres 127.0.0.1/32 trust\n");
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
        System.clearProperty(TlsProvider.PROPERTY);
        if (proxy != null) {
            proxy.close();
        }
    }

    @Test
    void opensslIsThere() {
        assertTrue(OpenSsl.isAvailable(), () -> String.valueOf(OpenSsl.unavailabilityCause()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"openssl", "jdk"})
    void pgjdbcVerifiesFullyAndBindsToTheChannel(String provider) throws SQLException {
        System.setProperty(TlsProvider.PROPERTY, provider);
        start(ListenTls.Mode.REQUIRED, ClusterTls.Mode.VERIFY_FULL);
        try (Connection client = connect("sslmode=verify-full&channelBinding=require", PASSWORD)) {
            assertEquals(
                    List.of("app", "t"),
                    row(client, "SELECT current_user, ssl FROM pg_stat_ssl" + " WHERE pid = pg_backend_pid()"));
        }
    }

    @Test
    void psqlVerifiesFullyAndBindsToTheChannel() throws Exception {
        start(ListenTls.Mode.OPTIONAL, ClusterTls.Mode.REQUIRE);
        ProcessBuilder psql = new ProcessBuilder(
                        "psql",
                        "host=localhost port=" + proxy.port() + " dbname=" + ProxyFixture.TENANT
                                + " user=app password='"
                                + PASSWORD + "' sslmode=verify-full channel_binding=require sslrootcert="
                                + certificates.ca(),
                        "-Atc",
                        "SELECT 'in'",
                        "-c",
                        "\\conninfo")
                .redirectErrorStream(true);
        String output = new String(psql.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(output.startsWith("in\n") && output.contains("TLSv1.3"), output);
    }

    @Test
    void whereTlsIsRequiredAClientWithoutIsRefused() {
        start(ListenTls.Mode.REQUIRED, ClusterTls.Mode.PREFER);
        SQLException refusal = assertThrows(SQLException.class, () -> connect("sslmode=disable", PASSWORD));
        assertEquals("28000", refusal.getSQLState());
    }

    @Test
    void whereTlsIsOptionalAClientGoesWithout() throws SQLException {
        start(ListenTls.Mode.OPTIONAL, ClusterTls.Mode.PREFER);
        try (Connection client = connect("sslmode=disable", PASSWORD)) {
            assertEquals(List.of("app"), row(client, "SELECT current_user"));
        }
    }

    @Test
    void aWrongPasswordIsRefusedWithChannelBindingToo() {
        start(ListenTls.Mode.REQUIRED, ClusterTls.Mode.REQUIRE);
        SQLException refusal =
                assertThrows(SQLException.class, () -> connect("sslmode=verify-full&channelBinding=require", "guess"));
        assertEquals("28P01", refusal.getSQLState());
    }

    @Test
    void aServerWithAnotherNameIsRefusedByVerifyFullOnly() throws SQLException {
        ClusterTls full = new ClusterTls(ClusterTls.Mode.VERIFY_FULL, certificates.ca(), null, null);
        // The certificate names localhost and 127.0.0.1.
        start(new Endpoint("127.0.0.2", postgres.getPort()), full);
        SQLException refusal = assertThrows(SQLException.class, () -> connect("sslmode=require", PASSWORD));
        assertEquals("08001", refusal.getSQLState());
        proxy.close();
        start(
                new Endpoint("127.0.0.2", postgres.getPort()),
                new ClusterTls(ClusterTls.Mode.VERIFY_CA, certificates.ca(), null, null));
        try (Connection client = connect("sslmode=require", PASSWORD)) {
            assertEquals(List.of("app"), row(client, "SELECT current_user"));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ClusterTls.Mode.class,
            names = {"VERIFY_CA", "VERIFY_FULL"})
    void aServerSignedBySomebodyElseIsRefused(ClusterTls.Mode mode) throws Exception {
        Certificates others = Certificates.create(Files.createTempDirectory(directory, "others"));
        start(new Endpoint("127.0.0.1", postgres.getPort()), new ClusterTls(mode, others.ca(), null, null));
        SQLException refusal = assertThrows(SQLException.class, () -> connect("sslmode=require", PASSWORD));
        assertEquals("08001", refusal.getSQLState());
    }

    @Test
    void aNewCertificateIsServedWithoutARestart() throws Exception {
        Path certificate = Files.copy(own.certificate(), directory.resolve("served.crt"));
        Path key = Files.copy(own.key(), directory.resolve("served.key"));
        proxy = ProxyFixture.start(
                cluster(ClusterTls.Mode.REQUIRE),
                "postgres",
                new ListenTls(ListenTls.Mode.REQUIRED, certificate, key, null),
                auth(),
                Limits.DEFAULT);
        connect("sslmode=verify-full", PASSWORD).close();
        Files.copy(elsewhere.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(elsewhere.key(), key, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(certificate, FileTime.from(Instant.now().plusSeconds(5)));
        assertThrows(SQLException.class, () -> connect("sslmode=verify-full", PASSWORD));
        connect("sslmode=verify-ca", PASSWORD).close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgresql", "http/1.1"})
    void directTlsNeedsTheProtocolsName(String protocol) throws Exception {
        start(ListenTls.Mode.REQUIRED, ClusterTls.Mode.REQUIRE);
        boolean answered;
        try (SSLSocket socket = (SSLSocket) trusting().getSocketFactory().createSocket("localhost", proxy.port())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {protocol});
            socket.setSSLParameters(parameters);
            answered = answersStartup(socket);
        }
        assertEquals(protocol.equals("postgresql"), answered);
    }

    private static boolean answersStartup(SSLSocket socket) {
        try {
            byte[] words = ("user\0app\0database\0" + ProxyFixture.TENANT + "\0\0").getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(RawClient.int32(8 + words.length));
            socket.getOutputStream().write(RawClient.int32(3 << 16));
            socket.getOutputStream().write(words);
            return new DataInputStream(socket.getInputStream()).readByte() == 'R';
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void bytesInClearBehindTheRequestAreRefused() throws IOException {
        start(ListenTls.Mode.OPTIONAL, ClusterTls.Mode.REQUIRE);
        try (RawClient client = RawClient.open(proxy.port())) {
            client.bytes(new byte[] {0, 0, 0, 8, 4, (byte) 0xd2, 0x16, 0x2f, 'x'});
            assertEquals('E', client.read().type());
            assertTrue(client.closedByPeer());
        }
    }

    private void start(ListenTls.Mode listen, ClusterTls.Mode backend) {
        proxy = ProxyFixture.start(
                cluster(backend),
                "postgres",
                new ListenTls(listen, own.certificate(), own.key(), null),
                auth(),
                Limits.DEFAULT);
    }

    private void start(Endpoint server, ClusterTls tls) {
        proxy = ProxyFixture.start(
                new ClusterConfig(ProxyFixture.CLUSTER, server, new PoolConfig(2), tls),
                "postgres",
                new ListenTls(ListenTls.Mode.OPTIONAL, own.certificate(), own.key(), null),
                auth(),
                Limits.DEFAULT);
    }

    private static ClusterConfig cluster(ClusterTls.Mode mode) {
        return new ClusterConfig(
                ProxyFixture.CLUSTER,
                new Endpoint("127.0.0.1", postgres.getPort()),
                new PoolConfig(2),
                new ClusterTls(mode, mode.verifies() ? certificates.ca() : null, null, null));
    }

    private static AuthConfig auth() {
        return new AuthConfig(AuthConfig.Method.SCRAM_SHA_256, Map.of("app", new User(new Secret(PASSWORD), null)));
    }

    private Connection connect(String options, String password) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + proxy.port() + "/" + ProxyFixture.TENANT + "?" + options
                        + "&sslrootcert=" + certificates.ca(),
                "app",
                password);
    }

    private static List<String> row(Connection client, String sql) throws SQLException {
        try (ResultSet row = client.createStatement().executeQuery(sql)) {
            row.next();
            String first = row.getString(1);
            return row.getMetaData().getColumnCount() == 1 ? List.of(first) : List.of(first, row.getString(2));
        }
    }

    private static SSLContext trusting() throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry(
                "ca",
                CertificateFactory.getInstance("X.509").generateCertificate(Files.newInputStream(certificates.ca())));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
