// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
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

/** Keys WITHOUT OVERLAPS and foreign keys with a PERIOD, which PostgreSQL has from version 18 on. Older servers refuse them. */
@ExtendWith(PostgresExtension.class)
class WithoutOverlapsIT {
    private static final String SYNTAX_ERROR = "42601";

    /** SIDE stands for the schema. */
    private static final String ROOMS = """
            CREATE TABLE SIDE.room (id int PRIMARY KEY, room int4range, days daterange, name text,
                UNIQUE (room, days WITHOUT OVERLAPS));
            CREATE TABLE SIDE.stay (id int PRIMARY KEY, room int4range, days daterange,
                FOREIGN KEY (room, PERIOD days) REFERENCES SIDE.room (room, PERIOD days));
            """;

    private static final String TABLES = ROOMS.replace("SIDE", "v1") + ROOMS.replace("SIDE", "v2");

    /** The stay is in two periods of the room, and equal to none. */
    private static final String ROWS = """
            INSERT INTO v1.room VALUES (1, '[1,1]', '[2024-01-01,2024-02-01)', 'January'),
                (2, '[1,1]', '[2024-02-01,2024-03-01)', 'February'), (3, '[2,2]', '[2024-01-01,2024-02-01)', 'other');
            INSERT INTO v1.stay VALUES (1, '[1,1]', '[2024-01-20,2024-02-10)'), (2, NULL, NULL);
            """;

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void rowsThatExchangePeriodsAreCarried(Layout layout, TestServer server) throws Exception {
        if (refuses(server, ROOMS)) {
            return;
        }
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.app().execute(ROWS);
            cutover.run("prepare", "mirror", "backfill", "verify");
            assertEquals(List.of(), Findings.blocking(cutover, "foreign-keys-hold"));
            assertEquals(List.of(), Findings.notes(cutover, "tables-behave-alike"));

            for (String verb : List.of("flip", "rollback", "flip")) {
                client.setAutoCommit(false);
                statement.execute("DELETE FROM stay WHERE id = 1");
                statement.execute("UPDATE room SET days = '[2025-01-01,2025-02-01)' WHERE id = 1");
                statement.execute("UPDATE room SET days = '[2024-01-01,2024-02-01)' WHERE id = 2");
                statement.execute("UPDATE room SET days = '[2024-02-01,2024-03-01)', name = name || '!' WHERE id = 1");
                statement.execute("UPDATE room SET id = id % 2 + 10 WHERE id < 3");
                statement.execute("UPDATE room SET id = id - 9 WHERE id >= 10");
                statement.execute("INSERT INTO stay VALUES (1, '[1,1]', '[2024-01-20,2024-02-10)')");
                client.commit();
                client.setAutoCommit(true);
                cutover.awaitNoMarks();
                for (String table : List.of("room", "stay")) {
                    assertEquals(
                            cutover.app().query("SELECT t::text FROM v1." + table + " AS t ORDER BY id"),
                            cutover.green().query("SELECT t::text FROM v2." + table + " AS t ORDER BY id"));
                }
                cutover.run("verify", verb);
            }
            assertEquals(
                    List.of("t"),
                    cutover.green()
                            .query("SELECT convalidated FROM pg_constraint WHERE contype = 'f'"
                                    + " AND conrelid = 'v2.stay'::regclass"));
            assertEquals(
                    "23503",
                    assertThrows(
                                    SQLException.class,
                                    () -> statement.execute(
                                            "INSERT INTO stay VALUES (3, '[1,1]', '[2024-02-20,2024-04-01)')"))
                            .getSQLState());
        }
    }

    @Test
    void aRowThatRefersToNoPeriodStopsTheFlip(TestServer server) throws Exception {
        if (refuses(server, ROOMS)) {
            return;
        }
        String loose = TABLES.replaceFirst(",\\s*FOREIGN KEY [^;]*\\);", ");");
        try (Lifecycle cutover = Lifecycle.start(server, loose, Mapping.IDENTITY)) {
            cutover.app().execute(ROWS + "INSERT INTO v1.stay VALUES (3, '[2,2]', '[2024-01-20,2024-02-10)')");
            cutover.run("prepare", "mirror", "backfill", "verify");

            List<String> found = Findings.blocking(cutover, "foreign-keys-hold");
            assertEquals(1, found.size(), found::toString);
            assertTrue(found.get(0).contains("1 row(s) refer to nothing"), found::toString);
        }
    }

    @Test
    void aMissingConstraintIsANote(TestServer server) throws Exception {
        if (refuses(server, ROOMS)) {
            return;
        }
        String tables = """
                CREATE TABLE v1.room (id int PRIMARY KEY, room int4range, days daterange,
                    UNIQUE (room, days WITHOUT OVERLAPS));
                CREATE TABLE v2.room (id int PRIMARY KEY, room int4range, days daterange);
                """;
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of("v2.room lacks what v1.room has: UNIQUE (room, days WITHOUT OVERLAPS)"),
                    Findings.notes(cutover, "tables-behave-alike"));
        }
    }

    @Test
    void aTableThatHasNoOtherKeyIsRefused(TestServer server) throws Exception {
        String table =
                "CREATE TABLE SIDE.room (room int4range, days daterange, PRIMARY KEY (room, days WITHOUT OVERLAPS));";
        if (refuses(server, table)) {
            return;
        }
        try (Lifecycle cutover =
                Lifecycle.start(server, table.replace("SIDE", "v1") + table.replace("SIDE", "v2"), Mapping.IDENTITY)) {
            Operation prepare = cutover.attempt("prepare", VerbRequest.PLAIN);

            assertEquals(Operation.State.REFUSED, prepare.state(), prepare::message);
            assertTrue(prepare.message().contains("room"), prepare::message);
        }
    }

    private static boolean refuses(TestServer server, String tables) throws Exception {
        String version = "SELECT current_setting('server_version_num')::int < 180000";
        if (server.createDatabase().query(version).equals(List.of("f"))) {
            return false;
        }
        String sql = tables.replace("SIDE", "public");
        SQLException refused =
                assertThrows(SQLException.class, () -> server.createDatabase().execute(sql));
        assertEquals(SYNTAX_ERROR, refused.getSQLState());
        return true;
    }
}
