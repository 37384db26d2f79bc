// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.InstalledPostgres;
import dev.cutover.dualwrite.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** pg_dump and pg_restore, pointed at the proxy. */
final class DumpRestoreIT {
    private static final String TABLES = """
            CREATE TABLE v1.item (id int PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());
            CREATE INDEX ON v1.item (name);
            INSERT INTO v1.item SELECT n, 'item ' || n FROM generate_series(1, 5000) AS n;
            CREATE TABLE v2.item (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());
            """;

    private static TestServer server;

    @TempDir
    private Path directory;

    private Lifecycle cutover;

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
        cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY);
    }

    @AfterEach
    void stop() {
        cutover.close();
    }

    @Test
    void aDumpIsTheSameInEveryPhase() throws Exception {
        assertEquals(dump(direct()), dump(proxied("acme")), "steady");
        cutover.run("prepare", "mirror");
        assertEquals(dump(direct()), dump(proxied("acme")), "mirroring");
        cutover.run("backfill", "verify", "flip");
        assertEquals(dump(direct()), dump(proxied("acme")), "flipped");
    }

    @Test
    void flipsAndDumpsWaitForEachOther() throws Exception {
        cutover.run("prepare", "mirror", "backfill", "verify");
        for (int round = 0; round < 4; round++) {
            // Into a file: a pipe that nobody reads would keep pg_dump's transaction open until the flip gives up.
            Path text = directory.resolve("dump" + round);
            Process dump = start(program(
                    "pg_dump", proxied("acme"), "-n", "v1", "--data-only", "-t", "v1.item", "-f", text.toString()));
            cutover.run(round % 2 == 0 ? "flip" : "rollback");
            output(dump);
            try (Stream<String> lines = Files.lines(text)) {
                assertEquals(
                        5000, lines.filter(line -> line.contains("\titem ")).count());
            }
        }
    }

    @Test
    void aRestoreMakesWhatWasDumped() throws Exception {
        Path archive = directory.resolve("archive");
        output(start(program("pg_dump", direct(), "-n", "v1", "-Fc", "-f", archive.toString())));
        cutover.app().execute("DROP SCHEMA v1 CASCADE");

        output(start(program("pg_restore", proxied("globex"), "--exit-on-error", archive.toString())));

        assertEquals(List.of("5000"), cutover.app().query("SELECT count(*) FROM v1.item"));
        assertEquals(List.of("2"), cutover.app().query("SELECT count(*) FROM pg_indexes WHERE schemaname = 'v1'"));
    }

    @Test
    void restoredRowsReachTheOtherSideToo() throws Exception {
        Path archive = directory.resolve("archive");
        output(start(program("pg_dump", direct(), "-n", "v1", "-Fc", "-f", archive.toString())));
        cutover.app().execute("TRUNCATE v1.item");
        cutover.run("prepare", "mirror");

        output(start(program("pg_restore", proxied("acme"), "--data-only", "--exit-on-error", archive.toString())));

        cutover.awaitNoMarks();
        assertEquals(List.of("5000"), cutover.app().query("SELECT count(*) FROM v2.item"));
        cutover.run("backfill", "verify", "flip");
    }

    @Test
    void aRestoreThatWouldAlterTablesWhileMirroringIsRefused() throws Exception {
        Path archive = directory.resolve("archive");
        output(start(program("pg_dump", direct(), "-n", "v1", "-Fc", "-f", archive.toString())));
        cutover.run("prepare", "mirror");

        Process restore =
                start(program("pg_restore", proxied("acme"), "--clean", "--exit-on-error", archive.toString()));

        String text = new String(restore.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(restore.waitFor() != 0 && text.contains("tenant \"acme\""), text);
        assertEquals(List.of("5000"), cutover.app().query("SELECT count(*) FROM v1.item"));
    }

    private List<String> direct() {
        return target(server.port(), cutover.app().name());
    }

    private List<String> proxied(String tenant) {
        return target(cutover.port(), tenant);
    }

    private static List<String> target(int port, String database) {
        return List.of("-h", "127.0.0.1", "-p", Integer.toString(port), "-U", server.user(), "-d", database);
    }

    /** Without the lines whose key is another one each time. */
    private static String dump(List<String> target) throws Exception {
        return output(start(program("pg_dump", target)))
                .lines()
                .filter(line -> !line.startsWith("\\restrict") && !line.startsWith("\\unrestrict"))
                .collect(Collectors.joining("\n"));
    }

    private static List<String> program(String name, List<String> target, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(InstalledPostgres.program(name)));
        command.addAll(target);
        command.addAll(List.of(more));
        return command;
    }

    private static Process start(List<String> command) throws IOException {
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String output(Process process) throws IOException, InterruptedException {
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text;
    }
}
