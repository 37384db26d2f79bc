// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients beside Java, with the same result directly and through the proxy: steady, mirroring, and while it flips. */
@ExtendWith(PostgresExtension.class)
final class ClientsIT {
    private static final String TABLES = "CREATE TABLE v1.item (id int PRIMARY KEY, name text NOT NULL);"
            + "CREATE TABLE v2.item (id int PRIMARY KEY, name text NOT NULL);";

    private static final List<Layout> LAYOUTS =
            List.of(Layout.INLINE, Layout.DEFERRED_IN_ONE_DATABASE, Layout.TWO_DATABASES);

    @TempDir
    private static Path scripts;

    enum Client {
        NODE("node.js", "node"),
        // Debian's own, where Debian's package is.
        PSYCOPG2("psycopg2_client.py", "/usr/bin/python3"),
        PSYCOPG3("psycopg3_client.py", "/usr/bin/python3"),
        ASYNCPG("asyncpg_client.py", "/usr/bin/python3"),
        PHP_PDO("pdo.php", "php"),
        DBD_PG("dbd.pl", "perl"),
        RUBY_PG("pg.rb", "ruby"),
        PSQL("script.sql", "psql", "-X", "-v", "meta=off", "-f");

        private final String script;
        private final List<String> command;

        Client(String script, String... command) {
            this.script = script;
            this.command = List.of(command);
        }
    }

    @BeforeAll
    static void unpack() throws IOException, InterruptedException {
        NodePackage.install();
        for (Client client : Client.values()) {
            Path folder = client == Client.NODE ? NodePackage.FOLDER : scripts;
            try (InputStream script =
                    Objects.requireNonNull(ClientsIT.class.getResourceAsStream("clients/" + client.script))) {
                Files.copy(script, folder.resolve(client.script), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** Each client inline, and one of them in the other layouts; with {@code -Pslow} each client in each layout. */
    static Stream<Arguments> clients() {
        return Stream.of(Client.values())
                .flatMap(client -> LAYOUTS.stream().map(layout -> arguments(client, layout)))
                .filter(run -> Extent.whole() || run.get()[0] == Client.PSYCOPG3 || run.get()[1] == Layout.INLINE);
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aClientSeesTheSameInEveryPhase(Client client, Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout)) {
            String direct = output(client, direct(cutover));
            assertEquals(direct, output(client, proxied(cutover)), "steady");
            cutover.run("prepare", "mirror");
            assertEquals(direct, output(client, proxied(cutover)), "mirroring");
            cutover.run("backfill", "verify");
            Process running = start(client, proxied(cutover));
            int flips = flipWhile(running::isAlive, cutover);
            String flipping = text(running);
            // An error's schema field names the side that serves: it is told as it is.
            assertEquals(direct, flipping.replace("SCHEMA NAME:  v2", "SCHEMA NAME:  v1"), "flipping");
            assertTrue(flips > 0, "it never flipped");
        }
    }

    /** Forth and back; a flip that a guardrail refuses this time is tried again. */
    private static int flipWhile(BooleanSupplier running, Lifecycle cutover) throws Exception {
        int flips = 0;
        do {
            String verb = flips % 2 == 0 ? "flip" : "rollback";
            Operation operation = cutover.attempt(verb, VerbRequest.PLAIN);
            if (operation.state() == Operation.State.SUCCEEDED) {
                flips++;
            }
        } while (running.getAsBoolean());
        return flips;
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void pgjdbcSeesTheSameInEveryPhase(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout)) {
            String url = "jdbc:postgresql://127.0.0.1:" + cutover.port() + "/acme?";
            PgjdbcScript proxied = new PgjdbcScript(url, server.user(), server.password());
            String direct = new PgjdbcScript(
                            cutover.app().url() + "?currentSchema=v1,public&", server.user(), server.password())
                    .run(20);
            assertEquals(direct, proxied.run(20), "steady");
            cutover.run("prepare", "mirror");
            assertEquals(direct, proxied.run(20), "mirroring");
            cutover.run("backfill", "verify");
            CompletableFuture<String> running = CompletableFuture.supplyAsync(() -> proxied.run(20));
            int flips = flipWhile(() -> !running.isDone(), cutover);
            assertEquals(direct, running.join(), "flipping");
            assertTrue(flips > 0, "it never flipped");
        }
    }

    @Test
    void psqlDescribesTheSame(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            List<String> command = List.of(
                    "psql",
                    "-X",
                    "-v",
                    "meta=on",
                    "-f",
                    scripts.resolve("script.sql").toString());
            String direct = output(command, direct(cutover));
            assertTrue(direct.contains("Table \"v1.item\""), direct);
            assertEquals(direct, output(command, proxied(cutover)));
        }
    }

    @Test
    void ctrlCCancelsWhatPsqlRuns(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            ProcessBuilder builder = new ProcessBuilder("psql", "-X", "-c", "SELECT pg_sleep(600)");
            builder.environment().putAll(proxied(cutover));
            Process psql = builder.redirectErrorStream(true).start();
            String running = "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'";
            while (cutover.app().query(running).isEmpty()) {
                Thread.onSpinWait();
            }
            new ProcessBuilder("kill", "-INT", Long.toString(psql.pid()))
                    .start()
                    .waitFor();
            String output = new String(psql.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(output.contains("canceling statement due to user request"), output);
        }
    }

    @Test
    void flywayMigratesThroughTheProxy(TestServer server, @TempDir Path migrations) throws Exception {
        Files.writeString(migrations.resolve("V1__one.sql"), "CREATE TABLE made (id int PRIMARY KEY);");
        Files.writeString(migrations.resolve("V2__two.sql"), "ALTER TABLE made ADD COLUMN name text;");
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            Flyway flyway = Flyway.configure()
                    .dataSource(
                            "jdbc:postgresql://127.0.0.1:" + cutover.port() + "/globex",
                            server.user(),
                            server.password())
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .locations("filesystem:" + migrations)
                    .load();
            assertEquals(2, flyway.migrate().migrationsExecuted);
            assertEquals(0, flyway.migrate().migrationsExecuted);
            assertEquals(List.of("0"), cutover.app().query("SELECT count(*) FROM globex.made WHERE name IS NULL"));
        }
    }

    private static Map<String, String> direct(Lifecycle cutover) {
        return Map.of(
                "PGHOST", cutover.app().server().host(),
                "PGPORT", Integer.toString(cutover.app().server().port()),
                "PGUSER", cutover.app().server().user(),
                "PGPASSWORD", cutover.app().server().password(),
                "PGDATABASE", cutover.app().name(),
                "PGOPTIONS", "-csearch_path=v1,public");
    }

    private static Map<String, String> proxied(Lifecycle cutover) {
        return Map.of(
                "PGHOST", "127.0.0.1",
                "PGPORT", Integer.toString(cutover.port()),
                "PGUSER", cutover.app().server().user(),
                "PGPASSWORD", cutover.app().server().password(),
                "PGDATABASE", "acme");
    }

    private static List<String> command(Client client) {
        List<String> command = new ArrayList<>(client.command);
        command.add((client == Client.NODE ? NodePackage.FOLDER : scripts)
                .resolve(client.script)
                .toString());
        return command;
    }

    private static Process start(Client client, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(client)).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static String output(Client client, Map<String, String> environment) throws Exception {
        return output(command(client), environment);
    }

    private static String output(List<String> command, Map<String, String> environment) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = text(process);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    /** All that it prints; the times above each turn of psql's watch are not compared. */
    private static String text(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .replaceAll("(?m)^.*\\(every 0\\.01s\\)$", "(every 0.01s)");
    }
}
