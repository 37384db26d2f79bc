// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;

/** The schema that serves is migrated, and taken back, while a client uses it. */
@ExtendWith(PostgresExtension.class)
class InPlaceIT {
    private static final List<String> BLUE =
            List.of("CREATE TABLE t (id int PRIMARY KEY, a text)", "INSERT INTO t VALUES (1, 'one')");
    private static final VerbRequest PLAIN = new VerbRequest.Migrate(false, false, false);
    private static final VerbRequest BREAKING = new VerbRequest.Migrate(false, false, true);
    private static final VerbRequest UNDO = new VerbRequest.Undo(null, false);

    @TempDir
    private Path migrations;

    @BeforeEach
    void write() throws Exception {
        script("V1__tables.sql", BLUE.get(0));
        script("V2__note.sql", "ALTER TABLE t ADD COLUMN note text;\nCREATE TABLE more (id int PRIMARY KEY);");
        script("U2__note.sql", "DROP TABLE more;\nALTER TABLE t DROP COLUMN note;");
    }

    private void script(String name, String sql) throws Exception {
        Files.writeString(migrations.resolve(name), sql);
    }

    private Lifecycle start(TestServer server) throws Exception {
        Lifecycle cutover = Lifecycle.start(server, BLUE, migrations, Mapping.IDENTITY, Layout.INLINE);
        succeeded(cutover.attempt("baseline", new VerbRequest.Baseline("1")));
        return cutover;
    }

    private static Operation succeeded(Operation operation) {
        assertEquals(Operation.State.SUCCEEDED, operation.state(), operation::toString);
        return operation;
    }

    private static void refused(Operation operation, String reason) {
        assertTrue(
                operation.state() == Operation.State.REFUSED || operation.state() == Operation.State.FAILED,
                operation::toString);
        assertTrue(operation.message().contains(reason), operation::toString);
    }

    private static String version(Lifecycle cutover) throws Exception {
        return String.valueOf(cutover.versions().get(0).version());
    }

    @Test
    void aClientKeepsItsConnectionAndItsStatements(TestServer server) throws Exception {
        try (Lifecycle cutover = start(server);
                Connection client = cutover.connect("acme");
                PreparedStatement all = client.prepareStatement("SELECT * FROM t WHERE id = ?");
                PreparedStatement one = client.prepareStatement("SELECT a FROM t WHERE id = ?")) {
            all.unwrap(org.postgresql.PGStatement.class).setPrepareThreshold(1);
            one.unwrap(org.postgresql.PGStatement.class).setPrepareThreshold(1);
            assertEquals(2, columns(all));
            assertEquals(1, columns(one));

            Operation dry = succeeded(cutover.attempt("migrate", new VerbRequest.Migrate(false, true, false)));
            assertEquals(List.of("run V2__note.sql"), dry.plan());
            assertEquals("1", version(cutover));

            succeeded(cutover.attempt("migrate", PLAIN));
            assertEquals(1, columns(one));
            assertEquals(3, columns(all));
            assertEquals("2", client.unwrap(PGConnection.class).getParameterStatus("cutover.schema_version"));
            assertTrue(succeeded(cutover.attempt("migrate", PLAIN)).message().startsWith("nothing to do"));

            Operation back = succeeded(cutover.attempt("undo", UNDO));
            assertTrue(back.message().contains("U2__note.sql"), back::toString);
            assertEquals(2, columns(all));
            assertEquals("1", version(cutover));
            assertEquals("1", client.unwrap(PGConnection.class).getParameterStatus("cutover.schema_version"));
            assertTrue(succeeded(cutover.attempt("undo", UNDO)).message().startsWith("nothing to do"));

            succeeded(cutover.attempt("migrate", PLAIN));
            assertEquals("2", version(cutover));
            assertEquals(List.of(), cutover.versions().get(0).problems());
            assertEquals(List.of(), cutover.versions().get(0).drift());
        }
    }

    private static int columns(PreparedStatement statement) throws Exception {
        statement.setInt(1, 1);
        try (ResultSet row = statement.executeQuery()) {
            assertTrue(row.next());
            return row.getMetaData().getColumnCount();
        }
    }

    @Test
    void whatIsNotAdditiveIsNamedAndRunsOnlyIfAskedFor(TestServer server) throws Exception {
        script("V2__note.sql", "CREATE TABLE more (id int PRIMARY KEY);\nALTER TABLE t RENAME a TO b;");
        try (Lifecycle cutover = start(server)) {
            Operation refused = cutover.attempt("migrate", PLAIN);

            refused(refused, "V2__note.sql line 2: ");
            assertEquals("1", version(cutover));
            succeeded(cutover.attempt("migrate", BREAKING));
            assertEquals("2", version(cutover));
        }
    }

    @Test
    void aCallbackThatIsNotAdditiveIsNamed(TestServer server) throws Exception {
        script("afterMigrate__fill.sql", "UPDATE t SET a = 'filled';");
        try (Lifecycle cutover = start(server)) {
            refused(cutover.attempt("migrate", PLAIN), "afterMigrate__fill.sql line 1: ");
            assertEquals("1", version(cutover));
        }
    }

    @Test
    void aScriptThatFailsLeavesTheSchemaAsItWas(TestServer server) throws Exception {
        script("V3__fails.sql", "CREATE TABLE even_more (id int PRIMARY KEY);\nINSERT INTO nowhere VALUES (1);");
        try (Lifecycle cutover = start(server)) {
            refused(cutover.attempt("migrate", PLAIN), "V3__fails.sql failed at line 2");

            assertEquals("2", version(cutover));
            assertEquals(
                    List.of("0"), cutover.app().query("SELECT count(*) FROM pg_class WHERE relname = 'even_more'"));
            succeeded(cutover.attempt("undo", UNDO));
            assertEquals("1", version(cutover));
        }
    }

    @Test
    void anUndoWithoutItsScriptChangesNothing(TestServer server) throws Exception {
        script("V3__more.sql", "CREATE TABLE even_more (id int PRIMARY KEY)");
        try (Lifecycle cutover = start(server)) {
            refused(cutover.attempt("undo", UNDO), "name the version to return to by --to");
            succeeded(cutover.attempt("migrate", PLAIN));

            refused(cutover.attempt("undo", UNDO), "there is no undo script for V3__more.sql");
            refused(cutover.attempt("undo", new VerbRequest.Undo("7", false)), "version 7 is not applied");
            assertEquals("3", version(cutover));
            script("U3__more.sql", "DROP TABLE even_more");
            succeeded(cutover.attempt("undo", new VerbRequest.Undo("2", false)));
            assertEquals("2", version(cutover));
        }
    }

    @Test
    void aSchemaThatWasChangedByHandIsRefused(TestServer server) throws Exception {
        try (Lifecycle cutover = start(server)) {
            cutover.app().execute("ALTER TABLE v1.t ADD COLUMN by_hand int");

            refused(cutover.attempt("migrate", PLAIN), "+ column t.by_hand integer");
            assertEquals("1", version(cutover));
        }
    }

    /** A script that does something else where the table holds rows. */
    @Test
    void aSchemaThatIsNotAsItsMigrationsMakeItIsNamed(TestServer server) throws Exception {
        try (Lifecycle cutover = start(server)) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip", "complete");
            script("V3__guess.sql", """
                    DO $$ BEGIN
                        IF EXISTS (SELECT FROM t) THEN ALTER TABLE t ADD COLUMN guess int; END IF;
                    END $$;
                    """);

            refused(cutover.attempt("migrate", BREAKING), "+ column t.guess integer");
            refused(cutover.attempt("migrate", BREAKING), "+ column t.guess integer");
            assertEquals(
                    List.of("0"),
                    cutover.app().query("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'cutover_check%'"));
        }
    }

    /** The migration is applied when they run. They must not fail it, or run a second time on the tenant's own schema. */
    @Test
    void migrationsThatDoNotRunFromNothingAreNotCompared(TestServer server) throws Exception {
        try (Lifecycle cutover = start(server)) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip", "complete");
            script("V3__row.sql", "INSERT INTO v2.t VALUES (9, 'nine');");
            Operation migrate = succeeded(cutover.attempt("migrate", PLAIN));
            assertTrue(migrate.message().contains("V3__row.sql names schema v2"), migrate::toString);

            script("V3__row.sql", "");
            cutover.app().execute("UPDATE v2.flyway_schema_history SET checksum = 0 WHERE version = '3'");
            script("V4__needs_a_row.sql", "SELECT 1 / count(*) FROM t;");
            migrate = succeeded(cutover.attempt("migrate", PLAIN));
            assertTrue(migrate.message().contains("they do not run from nothing"), migrate::toString);
            assertEquals("4", cutover.versions().get(1).version());
        }
    }

    @Test
    void undoLeadsBackToWhereMigrationsBeganThatWereInterrupted(TestServer server) throws Exception {
        script("V3__more.sql", "CREATE TABLE even_more (id int PRIMARY KEY);");
        script("U3__more.sql", "DROP TABLE even_more;");
        script("V4__fails.sql", "INSERT INTO nowhere VALUES (1);");
        script("U4__fails.sql", "");
        try (Lifecycle cutover = start(server)) {
            refused(cutover.attempt("migrate", PLAIN), "V4__fails.sql failed at line 1");
            assertEquals("3", version(cutover));
            script("V4__fails.sql", "SELECT 1;");
            succeeded(cutover.attempt("migrate", PLAIN));
            assertEquals("4", version(cutover));

            succeeded(cutover.attempt("undo", UNDO));
            assertEquals("1", version(cutover));
        }
    }

    /** Its proxy was killed after the scripts and before it was noted that they had run. */
    @Test
    void whatAKilledProxyHasMigratedIsFinishedByTheNextVerb(TestServer server) throws Exception {
        try (Lifecycle cutover = start(server)) {
            succeeded(cutover.attempt("migrate", PLAIN));
            cutover.app()
                    .execute("UPDATE cutover.made_by_migrations SET version = '1', lines = '{}', unfinished = true"
                            + " WHERE schema_name = 'v1'");
            assertTrue(succeeded(cutover.attempt("migrate", PLAIN)).message().startsWith("nothing to do"));
            assertEquals(List.of(), cutover.versions().get(0).drift());

            succeeded(cutover.attempt("undo", UNDO));
            cutover.app()
                    .execute(
                            "UPDATE cutover.made_by_migrations SET version = '2', lines = '{}' WHERE schema_name = 'v1'");
            assertTrue(succeeded(cutover.attempt("undo", UNDO)).message().startsWith("nothing to do"));
            assertEquals(List.of(), cutover.versions().get(0).drift());
            assertEquals("1", version(cutover));
        }
    }

    /** Nothing but a repeatable migration has run before the one that fails: the version is the same. */
    @Test
    void aRepeatableMigrationBeforeOneThatFailsIsNoDrift(TestServer server) throws Exception {
        try (Lifecycle cutover = start(server)) {
            succeeded(cutover.attempt("migrate", PLAIN));
            script("R__a.sql", "CREATE VIEW a AS SELECT 1 AS one;");
            script("R__b.sql", "INSERT INTO nowhere VALUES (1);");
            refused(cutover.attempt("migrate", PLAIN), "R__b.sql failed at line 1");
            script("R__b.sql", "CREATE VIEW b AS SELECT 1 AS one;");

            succeeded(cutover.attempt("migrate", PLAIN));
        }
    }

    /** Behind a lock that waits, all clients of the table would wait. */
    @Test
    void aMigrationGivesWayToALockAndIsTriedAgain(TestServer server) throws Exception {
        try (Lifecycle cutover = start(server);
                Connection holder = cutover.connect("acme");
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("LOCK TABLE t IN ACCESS SHARE MODE");
            CompletableFuture<Operation> migrate = CompletableFuture.supplyAsync(() -> {
                try {
                    return cutover.attempt("migrate", PLAIN);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            cutover.app().query("SELECT pg_sleep(4)");
            holder.commit();

            succeeded(migrate.join());
            assertEquals("2", version(cutover));
        }
    }
}
