// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cutover.config.MigrationCode;
import dev.cutover.config.MigrationsConfig;
import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What Liquibase would run in place is known before, and is taken back by its own rollback. */
@ExtendWith(PostgresExtension.class)
class LiquibaseInPlaceIT {
    private static final String FIRST = """
            --liquibase formatted sql
            --changeset us:1
            CREATE TABLE t (id int PRIMARY KEY);
            """;
    private static final String SECOND = """
            --changeset us:2
            ALTER TABLE t ADD COLUMN a text;
            --rollback ALTER TABLE t DROP COLUMN a;
            """;
    private static final String INDEX = """
            --changeset us:3 runInTransaction:false
            CREATE INDEX CONCURRENTLY t_a ON t (a);
            --rollback DROP INDEX t_a;
            """;

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
        pool = new HikariDataSource(config);
    }

    @AfterEach
    void tearDown() {
        pool.close();
    }

    private MigrationTool log(String... parts) throws Exception {
        Path file = Files.writeString(directory.resolve("changelog.sql"), String.join("\n", parts));
        return MigrationTools.of(MigrationsConfig.liquibase(file, MigrationCode.REFUSE));
    }

    private String version() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return String.valueOf(SchemaHistory.version(connection, "s"));
        }
    }

    @Test
    void whatIsToComeIsNamedWithItsStatements() throws Exception {
        log(FIRST).migrate(pool, "s", () -> false);

        List<PendingMigration> pending =
                log(FIRST, SECOND, "--changeset us:9\nDROP TABLE t;").pending(pool, "s");

        assertEquals(
                List.of("change set changelog.sql::2::us", "change set changelog.sql::9::us"),
                pending.stream().map(PendingMigration::name).toList());
        assertTrue(AdditiveCheck.breaking(pending.get(0).script()).isEmpty(), pending::toString);
        assertEquals(1, AdditiveCheck.breaking(pending.get(1).script()).size(), pending::toString);
        assertEquals("1", version());
    }

    @Test
    void changesOfXmlAreKnownByTheStatementsThatTheyBecome() throws Exception {
        log(FIRST).migrate(pool, "s", () -> false);
        Path file = Files.writeString(directory.resolve("more.yaml"), """
                databaseChangeLog:
                  - changeSet:
                      id: 7
                      author: us
                      changes:
                        - addColumn: {tableName: t, columns: [{column: {name: b, type: int}}]}
                        - dropColumn: {tableName: t, columnName: id}
                """);

        List<PendingMigration> pending = MigrationTools.of(MigrationsConfig.liquibase(file, MigrationCode.REFUSE))
                .pending(pool, "s");

        assertEquals(1, pending.size(), pending::toString);
        assertEquals(1, AdditiveCheck.breaking(pending.get(0).script()).size(), pending::toString);
    }

    @Test
    void undoRunsLiquibasesRollback() throws Exception {
        MigrationTool tool = log(FIRST, SECOND, INDEX);
        assertEquals(3, tool.migrate(pool, "s", () -> false));

        assertEquals(
                List.of("rollback of changelog.sql::3::us", "rollback of changelog.sql::2::us"),
                tool.undoPlan(pool, "s", "1"));
        assertEquals("3", version());
        assertEquals(List.of("rollback of changelog.sql::3::us"), tool.undo(pool, "s", "2", () -> false));
        assertEquals("2", version());
        assertEquals(List.of("rollback of changelog.sql::2::us"), tool.undo(pool, "s", "1", () -> false));
        assertEquals("1", version());
        assertEquals(
                List.of("id"),
                database.query("SELECT attname FROM pg_attribute WHERE attrelid = 's.t'::regclass AND attnum > 0"
                        + " AND NOT attisdropped"));
        assertEquals(2, tool.migrate(pool, "s", () -> false));
    }

    @Test
    void whatHasNoRollbackIsRefusedBeforeAnythingChanges() throws Exception {
        MigrationTool tool = log(FIRST, "--changeset us:2\nALTER TABLE t ADD COLUMN a text;", INDEX);
        tool.migrate(pool, "s", () -> false);

        MigrationFailedException refused =
                assertThrows(MigrationFailedException.class, () -> tool.undo(pool, "s", "1", () -> false));
        MigrationFailedException unknown =
                assertThrows(MigrationFailedException.class, () -> tool.undoPlan(pool, "s", "none"));

        assertTrue(
                String.valueOf(refused.getMessage()).contains("no rollback for change set changelog.sql::2::us"),
                refused::toString);
        assertTrue(String.valueOf(unknown.getMessage()).contains("change set none was not run"), unknown::toString);
        assertEquals("3", version());
    }

    /** A build that gave up has left an invalid index of that name. */
    @Test
    void anInvalidIndexIsBuiltAnew() throws Exception {
        log(FIRST, SECOND).migrate(pool, "s", () -> false);
        database.execute("CREATE INDEX t_a ON s.t (a)");
        database.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 's.t_a'::regclass");

        assertEquals(1, log(FIRST, SECOND, INDEX).migrate(pool, "s", () -> false));
        assertEquals(
                List.of("t"), database.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 's.t_a'::regclass"));
    }
}
