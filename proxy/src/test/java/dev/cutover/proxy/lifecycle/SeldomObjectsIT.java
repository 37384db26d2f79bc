// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Objects that few schemas have, some of which only a superuser makes. */
@ExtendWith(PostgresExtension.class)
class SeldomObjectsIT {
    private static final String TABLES = """
            CREATE TABLE v1.item (id int PRIMARY KEY, n int);
            CREATE TABLE v2.item (id int PRIMARY KEY, n int);
            """;

    /** SIDE stands for the schema. */
    private static final String SUPERUSERS = """
            CREATE TYPE SIDE.amount;
            CREATE FUNCTION SIDE.amount_in(cstring) RETURNS SIDE.amount IMMUTABLE STRICT LANGUAGE internal AS 'int4in';
            CREATE FUNCTION SIDE.amount_out(SIDE.amount) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'int4out';
            CREATE TYPE SIDE.amount (INPUT = SIDE.amount_in, OUTPUT = SIDE.amount_out, LIKE = pg_catalog.int4);
            CREATE FUNCTION SIDE.place() RETURNS bigint WINDOW LANGUAGE internal AS 'window_rank';
            """;

    @Test
    void aBaseTypeAndAWindowFunctionThatAreMissingStopTheFlip(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.run("prepare");
            cutover.app().execute(SUPERUSERS.replace("SIDE", "v1"));
            cutover.run("mirror", "backfill", "verify");

            assertEquals(
                    List.of(
                            "function v1.amount_in(pg_catalog.cstring)",
                            "function v1.amount_out(amount)",
                            "function v1.place()",
                            "type v1.amount"),
                    Findings.blocking(cutover, "objects-there").stream()
                            .map(finding -> finding.replaceFirst(" has no counterpart .*", ""))
                            .toList());
            Findings.assertRefused(cutover, "flip", "objects-there");

            cutover.app().execute(SUPERUSERS.replace("SIDE", "v2"));
            assertEquals(List.of(), Findings.blocking(cutover, "objects-there"));
            assertEquals(List.of(), Findings.notes(cutover, "objects-there"));
        }
    }

    @Test
    void aWindowFunctionThatComputesOtherwiseIsANote(TestServer server) throws Exception {
        String functions = """
                CREATE FUNCTION v1.place() RETURNS bigint WINDOW LANGUAGE internal AS 'window_rank';
                CREATE FUNCTION v2.place() RETURNS bigint WINDOW LANGUAGE internal AS 'window_dense_rank';
                """;
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + functions, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of("defined otherwise in v2 than in v1: function place()"),
                    Findings.notes(cutover, "objects-there"));
            cutover.run("flip");
        }
    }

    @Test
    void aTablespaceAndAnAccessMethodThatTheCounterpartLacksAreNotes(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            String space = "space_of_" + cutover.app().name();
            try (Connection superuser = cutover.app().connect();
                    Statement statement = superuser.createStatement()) {
                statement.execute("SET allow_in_place_tablespaces = on");
                statement.execute("CREATE TABLESPACE " + space + " LOCATION ''");
                statement.execute("CREATE ACCESS METHOD stack TYPE TABLE HANDLER heap_tableam_handler");
                statement.execute("DROP TABLE v1.item");
                statement.execute("CREATE TABLE v1.item (id int PRIMARY KEY, n int) USING stack TABLESPACE " + space);
                cutover.run("prepare", "mirror", "backfill", "verify");

                assertEquals(
                        List.of("v2.item lacks what v1.item has: TABLESPACE " + space + "; the access method stack"),
                        Findings.notes(cutover, "tables-behave-alike"));
                cutover.run("flip");

                statement.execute("DROP TABLE v1.item");
                statement.execute("DROP TABLESPACE " + space);
            }
        }
    }

    @Test
    void aLargeTableWithoutStatisticsIsANote(TestServer server) throws Exception {
        String quiet = "ALTER TABLE v2.item SET (autovacuum_enabled = off);";
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + quiet, Mapping.IDENTITY)) {
            cutover.app().execute("INSERT INTO v1.item SELECT n, n FROM generate_series(1, 50000) AS n");
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of("tables of the idle side have no statistics yet, plans will be poor: v2.item"),
                    Findings.notes(cutover, "idle-side-analyzed"));

            cutover.app().execute("ANALYZE v2.item");
            assertEquals(List.of(), Findings.notes(cutover, "idle-side-analyzed"));
        }
    }

    @Test
    void aSettingWhoseSearchPathNamesTheSideIsANote(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.app().execute("ALTER DATABASE " + cutover.app().name() + " SET search_path = v1, public");
            cutover.run("prepare", "mirror", "backfill", "verify");

            List<String> notes = Findings.notes(cutover, "no-object-names-a-side");
            assertEquals(1, notes.size(), notes::toString);
            assertTrue(notes.get(0).contains("search_path"), notes::toString);
            assertTrue(notes.get(0).contains(cutover.app().name()), notes::toString);
            cutover.run("flip");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void rowsOfATypedTableAreCarried(Layout layout, TestServer server) throws Exception {
        String tables = """
                CREATE TYPE v1.pair AS (a int, b text);
                CREATE TYPE v2.pair AS (a int, b text);
                CREATE TABLE v1.typed OF v1.pair (PRIMARY KEY (a));
                CREATE TABLE v2.typed OF v2.pair (PRIMARY KEY (a));
                INSERT INTO v1.typed VALUES (1, 'before');
                """;
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            statement.execute("INSERT INTO typed VALUES (2, 'blue serves')");
            cutover.run("flip");
            statement.execute("INSERT INTO typed VALUES (3, 'green serves')");
            cutover.awaitNoMarks();

            List<String> rows = List.of("(1,before)", "(2,\"blue serves\")", "(3,\"green serves\")");
            assertEquals(rows, cutover.app().query("SELECT t::text FROM v1.typed AS t ORDER BY a"));
            assertEquals(rows, cutover.green().query("SELECT t::text FROM v2.typed AS t ORDER BY a"));
            cutover.run("rollback");
        }
    }

    @Test
    void aValueInTheToastTableIsCarried(TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.page (id int PRIMARY KEY, body text);
                CREATE TABLE v2.page (id int PRIMARY KEY, body text);
                ALTER TABLE v1.page ALTER COLUMN body SET STORAGE EXTERNAL;
                INSERT INTO v1.page VALUES (1, repeat('x', 100000));
                """;
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY, Layout.TWO_DATABASES)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of("100000"), cutover.green().query("SELECT length(body) FROM v2.page WHERE body ~ '^x+$'"));
        }
    }
}
