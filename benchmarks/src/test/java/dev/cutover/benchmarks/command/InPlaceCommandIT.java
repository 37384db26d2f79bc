// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.benchmarks.command.CutoverProcess.Ended;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code cutover migrate}, {@code undo} and {@code transform} as an operator's script uses them. */
@ExtendWith(PostgresExtension.class)
class InPlaceCommandIT {
    private static final Pattern ADMIN = Pattern.compile(".*admin API on 127\\.0\\.0\\.1:(\\d+)");

    @TempDir
    private Path directory;

    private TestDatabase app;
    private TestDatabase control;
    private Path migrations;
    private CutoverProcess proxy;
    private Map<String, String> environment;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase control) throws Exception {
        this.app = app;
        app.execute("CREATE SCHEMA v1; CREATE TABLE v1.t (id int PRIMARY KEY, a text)");
        migrations = Files.createDirectory(directory.resolve("migrations"));
        script("V1__t.sql", "CREATE TABLE t (id int PRIMARY KEY, a text)");
        this.control = control;
        start("migrations: {locations: [migrations]}");
    }

    private void restart(String tool) throws Exception {
        proxy.terminate();
        proxy.awaitEnd();
        start(tool);
    }

    private void start(String tool) throws Exception {
        String yaml =
                Configurations.good(app, control).replace("drain-timeout: 500ms", "drain-timeout: 500ms\n    " + tool)
                        + "features: {column_b: {needs: 1.5.0}}\n";
        Path file = Files.writeString(directory.resolve("cutover.yaml"), yaml);
        proxy = CutoverProcess.start(Map.of("ADMIN_TOKEN", Configurations.TOKEN), "proxy", "--config", file.toString());
        Matcher matcher = ADMIN.matcher(proxy.firstLine());
        assertTrue(matcher.matches());
        environment =
                Map.of("CUTOVER_ADMIN", "http://127.0.0.1:" + matcher.group(1), "CUTOVER_TOKEN", Configurations.TOKEN);
    }

    @AfterEach
    void tearDown() {
        proxy.kill();
    }

    private void script(String name, String sql) throws Exception {
        Files.writeString(migrations.resolve(name), sql);
    }

    private void assertSays(String part, int exitCode, String... arguments) throws Exception {
        Ended ended = CutoverProcess.run(environment, arguments);

        assertEquals(exitCode, ended.exitCode(), ended::toString);
        assertTrue(ended.toString().contains(part), ended::toString);
    }

    @Test
    void aSchemaIsMigratedAndTakenBack() throws Exception {
        assertSays("has no version table; cutover baseline acme makes one", 3, "migrate", "acme");
        assertSays("blue is at schema version 1", 0, "baseline", "acme");
        script("V2__b.sql", "ALTER TABLE t ADD COLUMN b text");
        script("U2__b.sql", "ALTER TABLE t DROP COLUMN b");

        assertSays("run V2__b.sql", 0, "migrate", "acme", "--dry-run");
        assertSays("blue is at schema version 2", 0, "migrate", "acme");
        assertSays("nothing to do", 0, "migrate", "acme");
        assertSays("run U2__b.sql", 0, "undo", "acme", "--dry-run");
        assertSays("blue is back at schema version 1", 0, "undo", "acme");
        assertSays("nothing to do", 0, "undo", "acme", "--to", "1");
    }

    @Test
    void featuresFollowTheSchema() throws Exception {
        assertSays("off  1.5.0      the serving side's schema version is not known", 0, "features", "acme");
        assertSays("blue is at schema version 1", 0, "baseline", "acme");
        assertSays("off  1.5.0      the serving side has version 1, lower than 1.5.0", 0, "features", "acme");
        script("V2__b.sql", "ALTER TABLE t ADD COLUMN b text");
        script("U2__b.sql", "ALTER TABLE t DROP COLUMN b");

        assertSays("blue is at schema version 2", 0, "migrate", "acme");
        assertSays("on   1.5.0      the serving side has version 2", 0, "features", "acme");
        assertSays("\"on\" : true", 0, "features", "acme", "--output", "json");
        assertSays("blue is back at schema version 1", 0, "undo", "acme");
        assertSays("off  1.5.0      the serving side has version 1", 0, "features", "acme");
        assertSays("there is no tenant nope", 2, "features", "nope");
    }

    @Test
    void whatIsNotAdditiveHasToBeAskedFor() throws Exception {
        assertSays("blue is at schema version 1", 0, "baseline", "acme");
        script("V2__a.sql", "-- they use b\n\nALTER TABLE t DROP COLUMN a;");

        assertSays("V2__a.sql line 3: clients may use what it removes or renames", 3, "migrate", "acme");
        assertSays("blue is at schema version 2", 0, "migrate", "acme", "--breaking");
        assertSays("there is no undo script for V2__a.sql; nothing has changed", 3, "undo", "acme");
    }

    @Test
    void liquibaseMigratesAndTakesBackInPlace() throws Exception {
        String log = "--liquibase formatted sql\n--changeset us:1\nCREATE TABLE t (id int PRIMARY KEY, a text);\n";
        script("log.sql", log);
        restart("migrations: {tool: liquibase, changelog: migrations/log.sql}");
        assertSays("blue is at schema version 1", 0, "baseline", "acme");
        script(
                "log.sql",
                log + "--changeset us:2\nALTER TABLE t ADD COLUMN b text;\n--rollback ALTER TABLE t DROP COLUMN b;\n");

        assertSays("run change set log.sql::2::us", 0, "migrate", "acme", "--dry-run");
        assertSays("blue is at schema version 2", 0, "migrate", "acme");
        assertSays("nothing to do", 0, "migrate", "acme");
        assertSays("blue is back at schema version 1 (rollback of log.sql::2::us)", 0, "undo", "acme");
        assertEquals(
                List.of("id", "a"),
                app.query("SELECT column_name FROM information_schema.columns WHERE table_schema = 'v1'"
                        + " AND table_name = 't' ORDER BY ordinal_position"));
    }

    @Test
    void rowsAreTransformedOnce() throws Exception {
        String[] transform = {
            "transform", "acme", "--table", "t", "--set", "a = a || '!'", "--where", "id > 1", "--rate", "0"
        };
        app.execute("INSERT INTO v1.t VALUES (1, 'one'), (2, 'two')");

        assertSays("UPDATE \"v1\".\"t\" AS", 0, with(transform, "--dry-run"));
        assertSays("1 of 2 rows were changed", 0, transform);
        assertSays("nothing to do", 0, transform);
        assertSays("1 of 2 rows were changed", 0, with(transform, "--again"));
        assertSays("column id belongs to the key", 3, "transform", "acme", "--table", "t", "--set", "id = 7");
        assertSays("Missing required option", 2, "transform", "acme", "--table", "t");
        assertEquals(List.of("one", "two!!"), app.query("SELECT a FROM v1.t ORDER BY id"));
    }

    private static String[] with(String[] arguments, String more) {
        return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray(String[]::new);
    }
}
