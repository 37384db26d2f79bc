// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Endpoint;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A cluster whose address is that of a PgBouncer. */
@ExtendWith(PostgresExtension.class)
final class PoolerIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"transaction, 0", "transaction, 1", "statement, 0"})
    void isRefusedIfItSharesServerConnections(String mode, int roundRobin, TestDatabase database) throws Exception {
        try (Bouncer bouncer = new Bouncer(mode, roundRobin, database);
                ProxyFixture proxy = ProxyFixture.start(bouncer.endpoint(), database.name(), 4)) {
            SQLException refused = assertThrows(
                    SQLException.class, () -> proxy.connect(database.server().user()));
            assertEquals("0A000", refused.getSQLState());
            assertTrue(
                    String.valueOf(refused.getMessage()).contains("is a connection pooler in transaction mode"),
                    refused.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"session, 0"})
    void servesIfItKeepsAServerConnectionForEachClient(String mode, int roundRobin, TestDatabase database)
            throws Exception {
        try (Bouncer bouncer = new Bouncer(mode, roundRobin, database);
                ProxyFixture proxy = ProxyFixture.start(bouncer.endpoint(), database.name(), 4);
                Connection connection = proxy.connect(database.server().user());
                Statement statement = connection.createStatement()) {
            assertTrue(statement.execute("SELECT 1"));
        }
    }

    /** A running PgBouncer in front of a database's server. */
    private final class Bouncer implements AutoCloseable {
        private final Process process;
        private final int port;

        Bouncer(String mode, int roundRobin, TestDatabase database) throws Exception {
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            // PgBouncer puts down its rights, and reads the file again without them.
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path users = Files.writeString(
                    folder.resolve("users.txt"),
                    "\"" + database.server().user() + "\" \""
                            + database.server().password() + "\"\n");
            Path config = Files.writeString(folder.resolve("pgbouncer.ini"), """
                    [databases]
                    * = host=%s port=%d
                    [pgbouncer]
                    listen_addr = 127.0.0.1
                    listen_port = %d
                    unix_socket_dir =
                    auth_type = trust
                    auth_file = %s
                    pool_mode = %s
                    server_round_robin = %d
                    """.formatted(
                            database.server().host(), database.server().port(), port, users, mode, roundRobin));
            process = new ProcessBuilder("pgbouncer", "-u", "nobody", config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Eventually.until("PgBouncer listens", PATIENCE, this::listens);
        }

        private boolean listens() {
            try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return true;
            } catch (IOException e) {
                assertTrue(process.isAlive(), "PgBouncer runs");
                return false;
            }
        }

        Endpoint endpoint() {
            return new Endpoint("127.0.0.1", port);
        }

        @Override
        public void close() throws Exception {
            process.destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), "PgBouncer ends");
        }
    }
}
