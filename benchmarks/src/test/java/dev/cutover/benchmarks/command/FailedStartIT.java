// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.benchmarks.command.CutoverProcess.Ended;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A proxy that cannot start tells why in one line that names the place, and says nothing else. */
@ExtendWith(PostgresExtension.class)
class FailedStartIT {
    @TempDir
    private Path directory;

    private TestDatabase app;
    private String good;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase control) {
        this.app = app;
        good = Configurations.good(app, control);
    }

    @Test
    void aWrongKey() throws Exception {
        assertComplaint(2, "FILE: lisen: unknown key; known here: listen, ", good.replace("listen:", "lisen:"));
    }

    @Test
    void aMissingCluster() throws Exception {
        assertComplaint(
                2,
                "FILE: tenants.acme.blue.cluster: there is no cluster \"main\"; clusters has mian",
                good.replace("  main: {host", "  mian: {host"));
    }

    @Test
    void aDuplicateDatabase() throws Exception {
        assertComplaint(
                2,
                "FILE: tenants.globex.database: \"acme\" is already the database of tenant acme",
                good.replace("  globex:\n", "  globex:\n    database: acme\n"));
    }

    @Test
    void aMissingFile() throws Exception {
        Ended ended = CutoverProcess.run(
                Map.of(), "proxy", "--config", directory.resolve("none").toString());

        assertEquals(new Ended(2, "", "cutover: " + directory.resolve("none") + ": there is no such file\n"), ended);
    }

    @Test
    void anUnreachableServer() throws Exception {
        int closed = closedPort();

        assertComplaint(
                1,
                "clusters.main: cannot connect to 127.0.0.1:" + closed + ": Connection refused",
                good.replaceFirst("main: \\{host: .*}", "main: {host: 127.0.0.1, port: " + closed + "}"));
    }

    @Test
    void anUnreachableControlDatabase() throws Exception {
        int closed = closedPort();

        assertComplaint(
                1,
                "control.url: cannot connect to jdbc:postgresql://127.0.0.1:" + closed + "/x: Connection to ",
                good.replaceFirst("url: \"[^\"]*\"", "url: \"jdbc:postgresql://127.0.0.1:" + closed + "/x\""));
    }

    @Test
    void aPortInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();

            assertComplaint(
                    1,
                    "listen: cannot listen on 127.0.0.1:" + port + ": ",
                    good.replaceFirst("port: 0", "port: " + port));
        }
    }

    @Test
    void anAdminPortInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();

            assertComplaint(
                    1,
                    "admin: cannot listen on 127.0.0.1:" + port + ": ",
                    good.replace("admin: {host: 127.0.0.1, port: 0", "admin: {host: 127.0.0.1, port: " + port));
        }
    }

    @Test
    void aHostThatDoesNotExist() throws Exception {
        assertComplaint(
                1,
                "clusters.main: cannot connect to no.such.host.invalid:"
                        + app.server().port() + ": there is no host of that name",
                good.replace("main: {host: \"" + app.server().host() + "\"", "main: {host: no.such.host.invalid"));
    }

    @Test
    void aWrongControlPassword() throws Exception {
        try (ServerSocket refusing = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> refuseOnePassword(refusing));
            server.start();
            String url =
                    "jdbc:postgresql://127.0.0.1:" + refusing.getLocalPort() + "/x?sslmode=disable&gssEncMode=disable";

            assertComplaint(
                    1,
                    "control.url: cannot connect to " + url + ": FATAL: password authentication failed",
                    good.replaceFirst("url: \"[^\"]*\"", "url: \"" + url + "\"")
                            .replaceFirst("user: \"[^\"]*\", password: \"[^\"]*\"", "user: me, password: wrong"));
            server.join();
        }
    }

    @Test
    void aControlRoleThatMayNotCreateASchema() throws Exception {
        app.execute("DROP ROLE IF EXISTS poor; CREATE ROLE poor LOGIN PASSWORD 'poor'");

        assertComplaint(
                1,
                "control.url: the schema cutover cannot be migrated: ERROR: permission denied for database",
                good.replaceFirst("user: \"[^\"]*\", password: \"[^\"]*\"", "user: poor, password: poor"));
    }

    /** A server that asks for a password and accepts none. */
    private static void refuseOnePassword(ServerSocket socket) {
        try (Socket client = socket.accept()) {
            DataInputStream in = new DataInputStream(client.getInputStream());
            in.readNBytes(in.readInt() - 4);
            client.getOutputStream().write(new byte[] {'R', 0, 0, 0, 8, 0, 0, 0, 3});
            in.readByte();
            in.readNBytes(in.readInt() - 4);
            byte[] fields =
                    "SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0".getBytes(StandardCharsets.US_ASCII);
            client.getOutputStream().write(new byte[] {'E', 0, 0, 0, (byte) (fields.length + 4)});
            client.getOutputStream().write(fields);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void assertComplaint(int exitCode, String beginning, String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("cutover.yaml"), yaml);

        Ended ended =
                CutoverProcess.run(Map.of("ADMIN_TOKEN", Configurations.TOKEN), "proxy", "--config", file.toString());

        assertEquals(exitCode, ended.exitCode(), ended::err);
        assertEquals("", ended.out());
        assertEquals(1, ended.err().lines().count(), ended::err);
        assertTrue(
                ended.err().startsWith("cutover: " + beginning.replace("FILE", file.toString())),
                () -> ended.err() + " is not: " + beginning);
    }
}
