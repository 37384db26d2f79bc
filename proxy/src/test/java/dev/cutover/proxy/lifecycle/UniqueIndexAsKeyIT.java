// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A table without a primary key moves by a unique index over columns that are NOT NULL, and the mapping need not name it. */
@ExtendWith(PostgresExtension.class)
class UniqueIndexAsKeyIT {
    /** The index that comes first tells the rows of blue, but not those of green. */
    private static final String TABLES = """
            CREATE TABLE %1$s.t (old int NOT NULL %2$s, a int NOT NULL, b text NOT NULL, n int);
            CREATE UNIQUE INDEX %1$s_key ON %1$s.t (b, a);
            """;

    private static final String ROWS = "SELECT old, a, b, n FROM %s.t ORDER BY old";

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aTableWithoutAPrimaryKeyMovesThereAndBack(Layout layout, TestServer server) throws Exception {
        String ddl = TABLES.formatted("v1", "UNIQUE") + TABLES.formatted("v2", "");
        try (Lifecycle cutover = Lifecycle.start(server, ddl, Mapping.IDENTITY, layout)) {
            cutover.app().execute("INSERT INTO v1.t SELECT i, i % 10, 'x' || i, i FROM generate_series(1, 100) AS i");
            cutover.run("prepare", "mirror");
            try (Connection client = cutover.connect("acme");
                    Statement statement = client.createStatement()) {
                statement.execute("INSERT INTO t VALUES (101, 1, 'new', 0)");
                statement.execute("UPDATE t SET n = n + 1000 WHERE a = 3");
                statement.execute("UPDATE t SET b = b || '!' WHERE a = 4");
                statement.execute("DELETE FROM t WHERE a = 5");
                cutover.run("backfill", "verify");
                cutover.awaitNoMarks();
                sidesAreEqual(cutover);
                cutover.run("flip");
                statement.execute("INSERT INTO t VALUES (102, 2, 'newer', 0)");
                statement.execute("UPDATE t SET n = n + 1000 WHERE a = 6");
                statement.execute("DELETE FROM t WHERE a = 7");
                cutover.awaitNoMarks();
                sidesAreEqual(cutover);
                cutover.run("verify", "rollback");
                statement.execute("DELETE FROM t WHERE a = 8");
                cutover.awaitNoMarks();
                sidesAreEqual(cutover);
            }
        }
    }

    /** The marks that there are name rows by the old key. */
    @Test
    void anotherKeyAtARestartDegradesTheTenant(TestServer server) throws Exception {
        String table = ".t (a int NOT NULL UNIQUE, b int NOT NULL UNIQUE, n int);";
        String ddl = "CREATE TABLE v1" + table + "CREATE TABLE v2" + table
                + "INSERT INTO v1.t VALUES (1, 10, 0), (2, 20, 0)";
        try (Lifecycle cutover = Lifecycle.start(server, ddl, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.app().execute("REINDEX INDEX CONCURRENTLY v1.t_a_key");
            cutover.restart();
            cutover.run("verify");
            cutover.app().execute("ALTER TABLE v1.t REPLICA IDENTITY USING INDEX t_b_key");
            cutover.restart();
            Operation verify = cutover.attempt("verify", VerbRequest.PLAIN);
            assertTrue(verify.message().contains("are matched by (b) now, and were by another key"), verify::message);
            cutover.app().execute("ALTER TABLE v1.t REPLICA IDENTITY DEFAULT");
            cutover.run("verify");
        }
    }

    @Test
    void aTableWithoutAnyKeyIsRefusedByName(TestServer server) throws Exception {
        String ddl = "CREATE TABLE v1.log (line text, no int UNIQUE); CREATE TABLE v2.log (line text, no int UNIQUE)";
        try (Lifecycle cutover = Lifecycle.start(server, ddl, Mapping.IDENTITY)) {
            Operation prepare = cutover.attempt("prepare", VerbRequest.PLAIN);
            assertEquals(
                    "log: it has no primary key and no unique index over NOT NULL columns",
                    prepare.findings().get(0).finding());
        }
    }

    private static void sidesAreEqual(Lifecycle cutover) throws Exception {
        List<String> blue = cutover.database("v1").query(ROWS.formatted("v1"));
        assertEquals(blue, cutover.database("v2").query(ROWS.formatted("v2")));
    }
}
