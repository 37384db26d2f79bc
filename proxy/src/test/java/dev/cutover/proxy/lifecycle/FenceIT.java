// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The database refuses writes to the idle side that neither mirroring nor a maintenance session makes. */
@ExtendWith(PostgresExtension.class)
class FenceIT {
    private static final String TABLE = """
            CREATE TABLE @.t (id int PRIMARY KEY, n int);
            CREATE TABLE @.parts (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE @.parts_1 PARTITION OF @.parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
            """;
    private static final String TABLES = TABLE.replace("@", "v1") + TABLE.replace("@", "v2")
            + "INSERT INTO v1.t SELECT i, i FROM generate_series(1, 20) AS i;";

    private static final List<String> WRITES = List.of(
            "INSERT INTO %s.t VALUES (100, 1)",
            "UPDATE %s.t SET n = 0 WHERE id = 1",
            "DELETE FROM %s.t WHERE id = 2",
            "TRUNCATE %s.t",
            "INSERT INTO %s.parts_1 VALUES (1, '2024-01-02')",
            "WITH x AS (INSERT INTO %s.t VALUES (101, 1) RETURNING id) SELECT * FROM x",
            "SET session_replication_role = replica; INSERT INTO %s.t VALUES (100, 1)",
            "DO $$ BEGIN INSERT INTO %s.t VALUES (102, 1); END $$");

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aWriterThatBypassesTheProxyIsRefusedOnTheIdleSideInBothDirections(Layout layout, TestServer server)
            throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror");
            refusesAll(cutover, "v2");
            statement.execute("INSERT INTO t VALUES (30, 1); DELETE FROM t WHERE id = 3");
            cutover.run("backfill", "verify", "flip");
            refusesAll(cutover, "v1");
            statement.execute("INSERT INTO t VALUES (31, 1)");
            statement.execute("DELETE FROM t WHERE id = 4");
            cutover.run("verify", "rollback");
            refusesAll(cutover, "v2");
            statement.execute("UPDATE t SET n = 5 WHERE id = 31");
            cutover.awaitNoMarks();

            assertEquals(0, cutover.status().rogueWrites());
            assertEquals(
                    cutover.database("v1").query("SELECT id, n FROM v1.t ORDER BY id"),
                    cutover.database("v2").query("SELECT id, n FROM v2.t ORDER BY id"));
            cutover.run("verify", "flip", "complete");
        }
    }

    private static void refusesAll(Lifecycle cutover, String schema) {
        for (String write : WRITES) {
            SQLException refused = assertThrows(
                    SQLException.class, () -> cutover.database(schema).execute(write.formatted(schema)), write);
            assertEquals("25006", refused.getSQLState(), write);
            assertTrue(refused.getMessage().contains("idle side of tenant acme"), refused::getMessage);
        }
    }

    @Test
    void aRestartAndAnAbortLeaveTheFenceWhereItBelongs(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");
            cutover.restart();
            refusesAll(cutover, "v1");
            cutover.run("verify", "rollback");
            cutover.restart();
            refusesAll(cutover, "v2");

            cutover.run("abort");

            cutover.app().execute("INSERT INTO v2.t VALUES (100, 1); INSERT INTO v1.t VALUES (100, 1)");
            assertEquals(List.of(), cutover.app().query("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'cutover%'"));
        }
    }

    /** A function that names the idle side cannot have its write acknowledged and undone. */
    @Test
    void aClientsFunctionThatNamesTheIdleSideIsRefused(TestServer server) throws Exception {
        String function = "CREATE FUNCTION public.by_name() RETURNS int LANGUAGE sql AS"
                + " 'INSERT INTO v1.t VALUES (200, 1) RETURNING id';"
                + "CREATE FUNCTION v2.copy() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN INSERT INTO v1.t VALUES (NEW.id + 1000, 1); RETURN NEW; END';"
                + "CREATE TRIGGER copy BEFORE UPDATE ON v2.t FOR EACH ROW EXECUTE FUNCTION v2.copy();";
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + function, Mapping.IDENTITY, Layout.INLINE);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.forcedFlip("no-object-names-a-side");

            for (String write : List.of("SELECT by_name()", "UPDATE t SET n = 7 WHERE id = 7")) {
                SQLException refused = assertThrows(SQLException.class, () -> statement.execute(write), write);
                assertEquals("25006", refused.getSQLState(), refused::getMessage);
            }

            cutover.awaitNoMarks();
            assertEquals(0, cutover.status().rogueWrites());
            assertEquals(List.of("7"), cutover.app().query("SELECT n FROM v2.t WHERE id = 7"));
        }
    }

    /** The token is in the statement's text, which code inside the statement can read. */
    @Test
    void aClientsTextThatHoldsATokenIsRefused(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror");

            SQLException refused = assertThrows(
                    SQLException.class,
                    () -> statement.execute("/*cutover:0123456789abcdef0123456789abcdef*/ UPDATE t SET n = 7"));

            assertEquals("42501", refused.getSQLState());
            assertEquals(
                    List.of(),
                    cutover.app()
                            .query("SELECT pg_get_triggerdef(oid) FROM pg_trigger"
                                    + " WHERE pg_get_triggerdef(oid) LIKE '%cutover:%'"));
        }
    }
}
