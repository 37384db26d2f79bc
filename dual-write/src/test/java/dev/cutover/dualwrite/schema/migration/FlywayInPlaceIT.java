// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cutover.config.MigrationsConfig;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Flyway's migrations on a schema that clients use, and their undo scripts. */
@ExtendWith(PostgresExtension.class)
class FlywayInPlaceIT {
    private static final String VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = 's.t_a'::regclass";

    @TempDir
    private Path directory;

    private TestDatabase database;
    private HikariDataSource pool;
    private MigrationTool flyway;

    @BeforeEach
    void setUp(TestDatabase database) throws Exception {
        this.database = database;
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.url());
        config.setUsername(database.server().user());
        config.setPassword(database.server().password());
        pool = new HikariDataSource(config);
        flyway = MigrationTools.of(new MigrationsConfig(List.of(directory)));
        script("V1__table.sql", "CREATE TABLE t (id int PRIMARY KEY, a text);");
        flyway.migrate(pool, "s", () -> false);
    }

    @AfterEach
    void tearDown() {
        pool.close();
    }

    private void script(String name, String sql) throws IOException {
        Files.writeString(directory.resolve(name), sql);
    }

    @Test
    void anIndexIsBuiltConcurrently() throws Exception {
        script("V2__index.sql", "CREATE INDEX CONCURRENTLY t_a ON t (a);");

        assertEquals(1, flyway.migrate(pool, "s", () -> false));

        assertEquals(List.of("t"), database.query(VALID));
        assertEquals(List.of(), flyway.problems(pool, "s"));
    }

    @Test
    void anIndexIsBuiltConcurrentlyBesideALongTransaction() throws Exception {
        script("V2__index.sql", "CREATE INDEX CONCURRENTLY t_a ON t (a);");
        try (Connection client = database.connect();
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            statement.execute("INSERT INTO s.t VALUES (1, 'a')");
            CompletableFuture<Integer> applied = CompletableFuture.supplyAsync(() -> {
                try {
                    return flyway.migrate(pool, "s", () -> false);
                } catch (MigrationFailedException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            String waits =
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                            + " AND query LIKE 'CREATE INDEX%' AND clock_timestamp() - query_start > interval '3 s'";
            Eventually.until(
                    "the build waits for longer than other migrations may",
                    Duration.ofMinutes(1),
                    () -> applied.isDone() || database.query(waits).size() == 1);
            client.commit();

            assertEquals(1, applied.get());
        }
        assertEquals(List.of("t"), database.query(VALID));
        assertEquals(List.of(), flyway.problems(pool, "s"));
    }

    @Test
    void anUndoScriptSeesWhatItsMigrationSaw() throws Exception {
        database.execute("CREATE DOMAIN public.label AS text");
        script("V2__column.sql", "ALTER TABLE t ADD COLUMN b label;");
        script("U2__column.sql", "ALTER TABLE t DROP COLUMN b;\nALTER TABLE t ADD COLUMN c label;");
        flyway.migrate(pool, "s", () -> false);

        assertEquals(List.of("U2__column.sql"), flyway.undo(pool, "s", "1", () -> false));
    }

    @Test
    void anUndoScriptThatOnlyMentionsConcurrentlyIsOneTransaction() throws Exception {
        script("V2__column.sql", "ALTER TABLE t ADD COLUMN b int;");
        script(
                "U2__column.sql",
                "-- its index was not built CONCURRENTLY\nALTER TABLE t DROP COLUMN b;\nSELECT 1 / (SELECT count(*) FROM t);");
        flyway.migrate(pool, "s", () -> false);

        assertThrows(MigrationFailedException.class, () -> flyway.undo(pool, "s", "1", () -> false));

        assertEquals(
                List.of("1"),
                database.query("SELECT count(*) FROM pg_attribute WHERE attrelid = 's.t'::regclass AND attname = 'b'"));
    }

    @Test
    void anIndexIsDroppedConcurrently() throws Exception {
        script("V2__index.sql", "CREATE INDEX t_a ON t (a);");
        script("U2__index.sql", "-- first\nDROP INDEX CONCURRENTLY t_a;\n-- last\n");
        flyway.migrate(pool, "s", () -> false);

        assertEquals(List.of("U2__index.sql"), flyway.undo(pool, "s", "1", () -> false));
    }

    /** The proxy was killed while the index was built. */
    @Test
    void anIndexThatWasLeftInvalidIsBuiltAgain() throws Exception {
        database.execute("INSERT INTO s.t VALUES (1, 'a'), (2, 'a')");
        assertThrows(Exception.class, () -> database.execute("CREATE UNIQUE INDEX CONCURRENTLY t_a ON s.t (a)"));
        assertEquals(List.of("f"), database.query(VALID));
        script("V2__index.sql", "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a);");

        assertEquals(1, flyway.migrate(pool, "s", () -> false));

        assertEquals(List.of("t"), database.query(VALID));
    }

    /** Another tenant's schema may begin alike, and its migrations be compared at the same time. */
    @Test
    void theSchemasThatAreMadeToCompareHaveNamesOfTheirOwn() throws Exception {
        String schema = "a_schema_of_a_tenant_whose_name_is_long_enough_to_be_cut_off_" + 1;
        String cutOff = ("cutover_check_" + schema).substring(0, 63);
        TransitionSchema.USUAL.migrate(pool);
        database.execute("CREATE SCHEMA " + cutOff);

        MadeByMigrations.Expected expected =
                MadeByMigrations.expected(flyway, pool, TransitionSchema.USUAL, schema, () -> false);

        assertEquals("", expected.unknown());
        assertEquals(
                List.of(cutOff),
                database.query("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'cutover\\_check%'"));
    }
}
