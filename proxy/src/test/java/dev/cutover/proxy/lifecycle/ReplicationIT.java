// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.ChildProcess;
import dev.cutover.dualwrite.testing.InstalledPostgres;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replication connections: pg_recvlogical and psql through the proxy, and tenants that refuse them. */
final class ReplicationIT {
    private static TestServer server;

    @TempDir
    private Path directory;

    private TestDatabase app;
    private WholeProxy proxy;

    @BeforeAll
    static void startServer() throws Exception {
        server = TestServer.installed();
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @BeforeEach
    void start() throws Exception {
        app = server.createDatabase();
        TestDatabase control = server.createDatabase();
        app.execute("CREATE SCHEMA v1; CREATE SCHEMA v2; CREATE TABLE v1.item (id int PRIMARY KEY);"
                + "CREATE TABLE v2.item (id int PRIMARY KEY)");
        proxy = WholeProxy.start(Files.writeString(directory.resolve("cutover.yaml"), """
                listen: {port: 0}
                admin: {port: 0, token: %1$s}
                control: {url: "%2$s", user: postgres}
                auth: {method: trust}
                clusters: {main: {host: 127.0.0.1, port: %3$d}}
                tenants:
                  acme:
                    blue: {cluster: main, database: %4$s, schema: v1}
                    green: {cluster: main, database: %4$s, schema: v2}
                    maintenance: {user: postgres}
                    replication: logical
                  plain: {blue: {cluster: main, database: postgres}, shares-roles-with: [anything]}
                  anything: {blue: {cluster: main, database: postgres}, replication: any}
                """.formatted(
                        WholeProxy.TOKEN, control.url(), server.port(), app.name())));
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void logicalDecodingGoesOnThroughAFlip() throws Exception {
        output(recvlogical("--create-slot"));
        Process receiving =
                ChildProcess.relayErrors(recvlogical("--start", "-f", "-").start());
        try {
            BufferedReader changes = receiving.inputReader();
            app.execute("INSERT INTO v1.item VALUES (1)");
            assertEquals("table v1.item: INSERT: id[integer]:1", nextInsert(changes));
            assertEquals(1, proxy.status("acme").traffic().sessions());

            proxy.run("acme", "prepare", "mirror", "backfill", "verify", "flip");

            try (var client = proxy.connect("acme", "postgres", "");
                    var statement = client.createStatement()) {
                statement.execute("INSERT INTO item VALUES (2)");
            }
            assertEquals("table v2.item: INSERT: id[integer]:1", nextInsert(changes));
            assertEquals("table v2.item: INSERT: id[integer]:2", nextInsert(changes));
        } finally {
            new ProcessBuilder("kill", "-INT", Long.toString(receiving.pid()))
                    .start()
                    .waitFor();
        }
        // Its output stays open until it has ended: the COMMIT behind the last INSERT may come only now.
        assertEquals(0, receiving.waitFor());
        output(recvlogical("--drop-slot"));
    }

    @Test
    void aClientThatVanishesLeavesNoWalSender() throws Exception {
        output(recvlogical("--create-slot"));
        Process receiving =
                ChildProcess.relayErrors(recvlogical("--start", "-f", "-").start());
        while (!app.query("SELECT count(*) FROM pg_stat_replication").equals(List.of("1"))) {
            Thread.onSpinWait();
        }

        receiving.destroyForcibly().waitFor();

        while (!app.query("SELECT count(*) FROM pg_stat_replication").equals(List.of("0"))) {
            Thread.onSpinWait();
        }
        output(recvlogical("--drop-slot"));
    }

    @Test
    void physicalReplicationPassesWhereItMay() throws Exception {
        String answer = psql("anything", "true", "IDENTIFY_SYSTEM");

        assertEquals(
                app.query("SELECT system_identifier::text FROM pg_control_system()")
                        .get(0),
                answer.split("\\|")[0]);
    }

    @Test
    void whatIsNotAllowedIsRefusedByName() {
        assertRefused("plain", "database", "logical replication connections of tenant \"plain\"");
        assertRefused("plain", "true", "physical replication connections of tenant \"plain\"");
        assertRefused("acme", "on", "physical replication connections of tenant \"acme\"");
    }

    private void assertRefused(String tenant, String replication, String message) {
        String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + tenant
                + "?assumeMinServerVersion=10&preferQueryMode=simple&replication=" + replication;

        SQLException refused = assertThrows(SQLException.class, () -> DriverManager.getConnection(url, "postgres", ""));

        assertEquals("0A000", refused.getSQLState());
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
        assertTrue(refused.getMessage().contains("tenants." + tenant + ".replication"), refused.getMessage());
    }

    private static String nextInsert(BufferedReader changes) throws IOException {
        for (String line = changes.readLine(); line != null; line = changes.readLine()) {
            if (line.contains(".item: INSERT")) {
                return line;
            }
        }
        throw new IOException("the stream ended");
    }

    private ProcessBuilder recvlogical(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                InstalledPostgres.program("pg_recvlogical"),
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(proxy.port()),
                "-U",
                "postgres",
                "-d",
                "acme",
                "-P",
                "test_decoding",
                "--slot",
                "slot_" + app.name()));
        command.addAll(List.of(options));
        return new ProcessBuilder(command);
    }

    private String psql(String tenant, String replication, String command) throws Exception {
        String target = "host=127.0.0.1 port=" + proxy.port() + " user=postgres dbname=" + tenant + " replication="
                + replication;
        return output(new ProcessBuilder("psql", "-X", "-At", "-c", command, target));
    }

    private static String output(ProcessBuilder builder) throws Exception {
        Process process = builder.redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text;
    }
}
