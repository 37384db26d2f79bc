// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cutover.config.MigrationCode;
import dev.cutover.config.MigrationsConfig;
import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flyway and Liquibase bring a schema to its version, say what is wrong with it, and wait for nobody for long. */
@ExtendWith(PostgresExtension.class)
class MigrationToolIT {
    @TempDir
    private Path directory;

    private TestDatabase database;
    private HikariDataSource pool;

    @BeforeEach
    void setUp(TestDatabase database) {
        this.database = database;
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.url());
        config.setUsername(database.server().user());
        config.setPassword(database.server().password());
        config.addDataSourceProperty("ApplicationName", "migrations");
        pool = new HikariDataSource(config);
    }

    @AfterEach
    void tearDown() {
        pool.close();
    }

    private MigrationTool tool(MigrationsConfig.Tool tool, String... statements) throws IOException {
        if (tool == MigrationsConfig.Tool.FLYWAY) {
            for (int i = 0; i < statements.length; i++) {
                Files.writeString(directory.resolve("V" + (i + 1) + "__step.sql"), statements[i]);
            }
            return MigrationTools.of(new MigrationsConfig(List.of(directory)));
        }
        StringBuilder log = new StringBuilder("--liquibase formatted sql\n");
        for (int i = 0; i < statements.length; i++) {
            log.append("--changeset us:")
                    .append(i + 1)
                    .append('\n')
                    .append(statements[i])
                    .append('\n');
        }
        return liquibase(Files.writeString(directory.resolve("changelog.sql"), log.toString()));
    }

    private static MigrationTool liquibase(Path log) {
        return MigrationTools.of(MigrationsConfig.liquibase(log, MigrationCode.REFUSE));
    }

    private String version(String schema) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return String.valueOf(SchemaHistory.version(connection, schema));
        }
    }

    @ParameterizedTest
    @EnumSource(MigrationsConfig.Tool.class)
    void appliesWhatIsMissingAndNamesWhatHasChanged(MigrationsConfig.Tool kind) throws Exception {
        MigrationTool first = tool(kind, "CREATE TABLE t (id int PRIMARY KEY);", "ALTER TABLE t ADD COLUMN a text;");

        assertEquals(2, first.migrate(pool, "my side", () -> false));
        assertEquals(0, first.migrate(pool, "my side", () -> false));
        assertEquals("2", version("my side"));
        assertEquals(List.of(), first.problems(pool, "my side"));
        assertEquals(
                List.of("a", "id"),
                database.query(
                        "SELECT attname FROM pg_attribute WHERE attrelid = '\"my side\".t'::regclass AND attnum > 0"
                                + " ORDER BY 1"));

        MigrationTool more = tool(
                kind,
                "CREATE TABLE t (id int PRIMARY KEY);",
                "ALTER TABLE t ADD COLUMN a text;",
                "CREATE TABLE u (id int);");
        assertEquals(1, more.problems(pool, "my side").size());
        assertTrue(more.problems(pool, "my side").get(0).contains("3"), more.problems(pool, "my side")::toString);
        MigrationTool changed =
                tool(kind, "CREATE TABLE t (id bigint PRIMARY KEY);", "ALTER TABLE t ADD COLUMN a text;");
        assertTrue(
                changed.problems(pool, "my side").toString().contains("check"),
                changed.problems(pool, "my side")::toString);
    }

    @ParameterizedTest
    @EnumSource(MigrationsConfig.Tool.class)
    void settingsOfTheRoleOrTheDatabaseDoNotReachAMigration(MigrationsConfig.Tool kind) throws Exception {
        for (String setting : List.of(
                "statement_timeout = '100ms'",
                "idle_in_transaction_session_timeout = '100ms'",
                "default_transaction_isolation = 'serializable'",
                "default_transaction_deferrable = on",
                "default_transaction_read_only = on")) {
            database.execute("ALTER DATABASE " + database.name() + " SET " + setting);
        }
        MigrationTool tool = tool(
                kind,
                "CREATE TABLE t (id int PRIMARY KEY, level text);",
                "SELECT pg_sleep(0.3); INSERT INTO t VALUES (1, current_setting('transaction_isolation'));");

        assertEquals(2, tool.migrate(pool, "s", () -> false));
        assertEquals(List.of(), tool.obstacles(pool, "s", false));
        assertEquals(List.of("read committed"), database.query("SELECT level FROM s.t"));
    }

    @ParameterizedTest
    @EnumSource(MigrationsConfig.Tool.class)
    void obstaclesAreFoundWithoutMakingAnything(MigrationsConfig.Tool kind) throws Exception {
        MigrationTool first = tool(kind, "CREATE TABLE t (id int PRIMARY KEY);");
        String objects =
                "SELECT nspname::text FROM pg_namespace UNION ALL SELECT relname::text FROM pg_class ORDER BY 1";
        List<String> before = database.query(objects);

        assertEquals(List.of(), first.obstacles(pool, "s", false));
        assertEquals(before, database.query(objects));
        first.migrate(pool, "s", () -> false);
        MigrationTool changed = tool(kind, "CREATE TABLE t (id bigint PRIMARY KEY);");
        assertEquals(1, changed.obstacles(pool, "s", false).size());
        assertEquals(List.of(), changed.obstacles(pool, "s", true));
        assertEquals(
                List.of(),
                tool(kind, "CREATE TABLE t (id int PRIMARY KEY);", "SELECT 1;").obstacles(pool, "s", false));
    }

    @Test
    void aFileThatAToolWouldPassOverIsNamed() throws Exception {
        MigrationTool flyway = tool(MigrationsConfig.Tool.FLYWAY, "CREATE TABLE t (id int PRIMARY KEY);");
        Files.writeString(directory.resolve("V2_more.sql"), "SELECT 1;");

        assertTrue(flyway.obstacles(pool, "s", true).toString().contains("V2_more.sql"));
        assertTrue(flyway.problems(pool, "s").toString().contains("V2_more.sql"));
        MigrationFailedException e =
                assertThrows(MigrationFailedException.class, () -> flyway.migrate(pool, "s", () -> false));
        assertTrue(String.valueOf(e.getMessage()).contains("V2_more.sql"), e::getMessage);
        Files.delete(directory.resolve("V2_more.sql"));
        Files.writeString(directory.resolve("V3__loud.SQL"), "SELECT 1;");
        assertTrue(flyway.obstacles(pool, "s", true).toString().contains("V3__loud.SQL"));
        assertThrows(MigrationFailedException.class, () -> flyway.migrate(pool, "s", () -> false));
        Path log = directory.resolve("missing.sql");
        assertTrue(liquibase(log).obstacles(pool, "s", true).toString().contains("missing.sql"));
    }

    @Test
    void flywaysBaselineIsAVersionAndRunsNothing() throws Exception {
        database.execute("CREATE SCHEMA s; CREATE TABLE s.t (id int)");
        MigrationTool flyway =
                tool(MigrationsConfig.Tool.FLYWAY, "CREATE TABLE t (id int);", "ALTER TABLE t ADD COLUMN a text;");

        flyway.baseline(pool, "s", "1", () -> false);

        assertEquals("1", version("s"));
        assertEquals(1, flyway.migrate(pool, "s", () -> false), "the first counts as applied");
        MigrationFailedException missing =
                assertThrows(MigrationFailedException.class, () -> flyway.baseline(pool, "u", "1", () -> false));
        assertEquals("Flyway: there is no schema u", missing.getMessage());
        database.execute("CREATE SCHEMA u");
        MigrationFailedException wrong =
                assertThrows(MigrationFailedException.class, () -> flyway.baseline(pool, "u", "one", () -> false));
        assertTrue(String.valueOf(wrong.getMessage()).startsWith("Flyway: "), wrong::getMessage);
    }

    @Test
    void liquibasesBaselineGoesUpToATagAndRunsNothing() throws Exception {
        database.execute(
                "CREATE SCHEMA s; CREATE TABLE s.t (id int); CREATE SCHEMA u; CREATE TABLE u.t (id int, a text)");
        Path log = Files.writeString(directory.resolve("changelog.yaml"), """
                databaseChangeLog:
                  - changeSet: {id: 1, author: us, changes: [{sql: {sql: "CREATE TABLE t (id int)"}}]}
                  - changeSet: {id: 2, author: us, changes: [{tagDatabase: {tag: v1}}]}
                  - changeSet: {id: 3, author: us, changes: [{sql: {sql: "ALTER TABLE t ADD COLUMN a text"}}]}
                """);
        MigrationTool liquibase = liquibase(log);

        MigrationFailedException unknown =
                assertThrows(MigrationFailedException.class, () -> liquibase.baseline(pool, "s", "v9", () -> false));
        assertTrue(String.valueOf(unknown.getMessage()).contains("no tagDatabase v9"), unknown::getMessage);

        liquibase.baseline(pool, "s", "v1", () -> false);
        assertEquals("2", version("s"));
        assertEquals(1, liquibase.migrate(pool, "s", () -> false), "only what is behind the tag is applied");

        liquibase.baseline(pool, "u", null, () -> false);
        assertEquals("3", version("u"));
        assertEquals(List.of(), liquibase.problems(pool, "u"));
    }

    @ParameterizedTest
    @EnumSource(MigrationsConfig.Tool.class)
    void aMigrationThatFailsSaysWhyInTheToolsWords(MigrationsConfig.Tool kind) throws Exception {
        MigrationTool wrong = tool(
                kind, "CREATE TABLE t (id int);", "CREATE TABLE other (id int);\nCREATE TABLE u\n  (id nosuchtype);");

        MigrationFailedException failed =
                assertThrows(MigrationFailedException.class, () -> wrong.migrate(pool, "s", () -> false));

        assertTrue(
                String.valueOf(failed.getMessage()).contains("type \"nosuchtype\" does not exist"), failed::getMessage);
        boolean flyway = kind == MigrationsConfig.Tool.FLYWAY;
        for (String named : List.of(
                flyway ? "V2__step.sql" : "changelog.sql::2::us",
                flyway ? "at line 2" : "at line 6",
                "CREATE TABLE u (id nosuchtype)")) {
            assertTrue(String.valueOf(failed.getMessage()).contains(named), failed::getMessage);
        }
        assertEquals("1", version("s"));
        assertEquals(
                2,
                tool(kind, "CREATE TABLE t (id int);", "CREATE TABLE u (id int);", "CREATE TABLE w (id int);")
                        .migrate(pool, "s", () -> false));
    }

    @ParameterizedTest
    @EnumSource(MigrationsConfig.Tool.class)
    void aMigrationGivesWayToALockAndIsTriedAgain(MigrationsConfig.Tool kind) throws Exception {
        tool(kind, "CREATE TABLE t (id int);").migrate(pool, "s", () -> false);
        MigrationTool second = tool(kind, "CREATE TABLE t (id int);", "ALTER TABLE t ADD COLUMN a text;");
        try (Connection client = database.connect();
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            statement.execute("SELECT * FROM s.t");
            CompletableFuture<Integer> applied = CompletableFuture.supplyAsync(() -> {
                try {
                    return second.migrate(pool, "s", () -> false);
                } catch (MigrationFailedException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            // It waits, gives way, and waits again.
            for (int waits = 0; waits < 2; waits++) {
                await("SELECT 1 FROM pg_locks WHERE relation = 's.t'::regclass AND NOT granted", 1);
                await("SELECT 1 FROM pg_locks WHERE relation = 's.t'::regclass AND NOT granted", 0);
            }
            client.commit();

            assertEquals(1, applied.get());
        }
    }

    private void await(String query, int rows) throws Exception {
        Eventually.until(rows + " rows of " + query, Duration.ofMinutes(1), () -> {
            return database.query(query).size() == rows;
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"xml", "yaml"})
    void liquibaseReadsXmlAndYaml(String format) throws Exception {
        String xml = """
                <databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog"
                    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                    xsi:schemaLocation="http://www.liquibase.org/xml/ns/dbchangelog
                      http://www.liquibase.org/xml/ns/dbchangelog/dbchangelog-latest.xsd">
                  <changeSet id="one" author="us">
                    <createTable tableName="t"><column name="id" type="bigint"><constraints primaryKey="true"/></column></createTable>
                  </changeSet>
                </databaseChangeLog>""";
        String yaml = """
                databaseChangeLog:
                - changeSet:
                    id: one
                    author: us
                    changes:
                    - createTable:
                        tableName: t
                        columns:
                        - column: {name: id, type: bigint, constraints: {primaryKey: true}}
                """;
        Path file = Files.writeString(directory.resolve("log." + format), format.equals("xml") ? xml : yaml);

        int applied = liquibase(file).migrate(pool, "s", () -> false);

        assertEquals(1, applied);
        assertEquals("one", version("s"));
        assertEquals(
                List.of("bigint"),
                database.query("SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid"
                        + " = 's.t'::regclass AND attname = 'id'"));
    }

    @Test
    void liquibasesLockIsTakenFromARunOfOursThatDiedAndFromNobodyElse() throws Exception {
        MigrationTool first = tool(MigrationsConfig.Tool.LIQUIBASE, "CREATE TABLE t (id int);");
        first.migrate(pool, "s", () -> false);
        MigrationTool second =
                tool(MigrationsConfig.Tool.LIQUIBASE, "CREATE TABLE t (id int);", "CREATE TABLE u (id int);");
        database.execute(
                "UPDATE s.databasechangeloglock SET locked = true, lockgranted = now(), lockedby = 'build-17 (10.0.0.1)'");

        MigrationFailedException locked =
                assertThrows(MigrationFailedException.class, () -> second.migrate(pool, "s", () -> false));

        assertTrue(String.valueOf(locked.getMessage()).contains("locked by build-17 (10.0.0.1)"), locked::getMessage);
        database.execute("UPDATE s.databasechangeloglock SET lockedby = 'some-hostcutover (10.0.0.2)'");
        assertEquals(1, second.migrate(pool, "s", () -> false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "changes: [{executeCommand: {executable: touch, args: [{arg: {value: FILE}}]}}]|executeCommand",
                "changes: [{customChange: {class: dev.cutover.dualwrite.schema.migration.TouchChange}}]"
                        + "|customChange dev.cutover.dualwrite.schema.migration.TouchChange",
                "preConditions: [{not: [{customPrecondition: {className: dev.cutover.dualwrite.schema.migration.TouchCheck}}]}],"
                        + " changes: []|customPrecondition dev.cutover.dualwrite.schema.migration.TouchCheck"
            })
    void codeInAChangeLogRunsOnlyIfTheTenantAllowsIt(String changeSet, String named) throws Exception {
        Path touched = directory.resolve("touched");
        Path log = Files.writeString(
                directory.resolve("changelog.yaml"), """
                databaseChangeLog:
                  - changeSet: {id: 1, author: us, changes: [{sql: {sql: "CREATE TABLE t (id int)"}}]}
                  - changeSet: {id: 2, author: us, %s}
                """.formatted(changeSet.replace("FILE", touched.toString())));
        MigrationTool refusing = liquibase(log);

        MigrationFailedException refused =
                assertThrows(MigrationFailedException.class, () -> refusing.migrate(pool, "s", () -> false));

        assertTrue(String.valueOf(refused.getMessage()).contains("2::us has " + named), refused::getMessage);
        assertTrue(String.valueOf(refused.getMessage()).contains("migrations.code: allow"), refused::getMessage);
        assertEquals(List.of(), database.query("SELECT 1 FROM pg_tables WHERE schemaname = 's' AND tablename = 't'"));
        assertEquals(1, refusing.problems(pool, "s").size());
        assertFalse(Files.exists(touched));

        if (named.equals("executeCommand")) {
            MigrationTools.of(MigrationsConfig.liquibase(log, MigrationCode.ALLOW))
                    .migrate(pool, "s", () -> false);
            assertTrue(Files.exists(touched));
        }
    }

    /** The proxy's environment holds the passwords of all tenants. */
    @Test
    void aProgramOfAChangeLogSeesNothingOfTheProxysEnvironment() throws Exception {
        Path seen = directory.resolve("seen");
        Path log = Files.writeString(directory.resolve("changelog.yaml"), """
                databaseChangeLog:
                  - changeSet: {id: 1, author: us, changes: [{executeCommand: {executable: sh, args: [
                      {arg: {value: "-c"}}, {arg: {value: "env > %s"}}]}}]}
                """.formatted(seen));

        MigrationTools.of(MigrationsConfig.liquibase(log, MigrationCode.ALLOW)).migrate(pool, "s", () -> false);

        Set<String> inherited = Set.of("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ");
        Set<String> ofTheShell = Set.of("PWD", "SHLVL", "_", "OLDPWD");
        assertEquals(
                List.of(),
                Files.readAllLines(seen).stream()
                        .map(line -> line.replaceFirst("=.*", ""))
                        .filter(name -> !inherited.contains(name) && !ofTheShell.contains(name))
                        .toList());
    }
}
