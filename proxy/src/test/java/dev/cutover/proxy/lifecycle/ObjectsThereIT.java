// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An object that only the serving side has is named before the flip, of whatever kind. */
@ExtendWith(PostgresExtension.class)
class ObjectsThereIT {
    private static final String NAME = "objects-there";

    private static final String TABLES = """
            CREATE FOREIGN DATA WRAPPER nowhere;
            CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
            CREATE TABLE v1.item (id int PRIMARY KEY, n int);
            CREATE TABLE v2.item (id int PRIMARY KEY, n int);
            CREATE VIEW v2.both AS SELECT id FROM v2.item;
            CREATE VIEW v1.both AS SELECT id FROM v1.item;
            """;

    /** One of each kind; SIDE stands for the schema. */
    private static final String OBJECTS = """
            CREATE VIEW SIDE.report AS SELECT n FROM SIDE.item;
            CREATE MATERIALIZED VIEW SIDE.summary AS SELECT count(*) FROM SIDE.item;
            CREATE SEQUENCE SIDE.numbers;
            CREATE FOREIGN TABLE SIDE.outside (a int) SERVER nowhere;
            CREATE FUNCTION SIDE.area(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a * b';
            CREATE PROCEDURE SIDE.tidy() LANGUAGE sql AS 'SELECT 1';
            CREATE AGGREGATE SIDE.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
            CREATE FUNCTION SIDE.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TYPE SIDE.mood AS ENUM ('good', 'bad');
            CREATE DOMAIN SIDE.percent AS int CHECK (VALUE BETWEEN 0 AND 100);
            CREATE TYPE SIDE.pair AS (a int, b int);
            CREATE TYPE SIDE.span AS RANGE (SUBTYPE = float8);
            CREATE COLLATION SIDE.bytes FROM "C";
            CREATE CONVERSION SIDE.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
            CREATE OPERATOR SIDE.*** (LEFTARG = int, RIGHTARG = int, FUNCTION = SIDE.area);
            CREATE OPERATOR FAMILY SIDE.family USING btree;
            CREATE OPERATOR CLASS SIDE.class FOR TYPE int USING btree FAMILY SIDE.family AS FUNCTION 1 btint4cmp(int, int);
            CREATE TEXT SEARCH CONFIGURATION SIDE.words (COPY = simple);
            CREATE TEXT SEARCH DICTIONARY SIDE.plain (TEMPLATE = simple);
            CREATE TEXT SEARCH PARSER SIDE.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
                LEXTYPES = prsd_lextype);
            CREATE TEXT SEARCH TEMPLATE SIDE.template (LEXIZE = dsimple_lexize);
            CREATE FUNCTION SIDE.of_mood(SIDE.mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE CAST (SIDE.mood AS int) WITH FUNCTION SIDE.of_mood(SIDE.mood);
            CREATE TRIGGER touched BEFORE UPDATE ON SIDE.item FOR EACH ROW EXECUTE FUNCTION SIDE.touch();
            CREATE RULE quiet AS ON DELETE TO SIDE.item WHERE old.n < 0 DO INSTEAD NOTHING;
            """;

    private static final List<String> NAMES = List.of(
            "aggregate v1.total(integer)",
            "cast v1.(mood AS integer)",
            "collation v1.bytes",
            "conversion v1.latin",
            "foreign table v1.outside",
            "function v1.area(integer,integer)",
            "function v1.of_mood(mood)",
            "function v1.touch()",
            "materialized view v1.summary",
            "operator class v1.class USING btree",
            "operator family v1.family USING btree",
            "operator v1.***(integer,integer)",
            "procedure v1.tidy()",
            "rule quiet of v1.item",
            "sequence v1.numbers",
            "text search configuration v1.words",
            "text search dictionary v1.plain",
            "text search parser v1.parser",
            "text search template v1.template",
            "trigger touched of v1.item",
            "type v1.mood",
            "type v1.pair",
            "type v1.percent",
            "type v1.span",
            "view v1.report");

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void whatIsCreatedOnTheServingSideMeanwhileStopsTheFlip(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout)) {
            cutover.run("prepare");
            cutover.app().execute(OBJECTS.replace("SIDE", "v1"));
            cutover.run("mirror", "backfill", "verify");

            assertEquals(NAMES, names(cutover));
            Findings.assertRefused(cutover, "flip", NAME);

            String trigger = "ALTER TABLE v2.item DISABLE TRIGGER touched";
            cutover.green().execute(OBJECTS.replace("SIDE", "v2") + trigger);
            assertEquals(List.of(), Findings.blocking(cutover, NAME));
            assertEquals(List.of(), Findings.notes(cutover, NAME));
        }
    }

    @Test
    void whatTheMappingIgnoresStopsNothing(TestServer server) throws Exception {
        String old = """
                CREATE VIEW v1.old AS SELECT 1 AS one;
                CREATE FUNCTION v1.gone(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
                CREATE FUNCTION v1.twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
                """;
        Mapping mapping = new Mapping(Map.of(), Set.of("old", "gone", "twice(integer)"));
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + old, mapping)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(List.of(), Findings.blocking(cutover, NAME));
            cutover.run("flip");
        }
    }

    @Test
    void aFunctionWithOtherArgumentsIsANote(TestServer server) throws Exception {
        String wider = """
                CREATE FUNCTION v1.twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
                CREATE FUNCTION v2.twice(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT $1 * 2';
                """;
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + wider, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of("function v1.twice(integer) has other arguments in v2: twice(bigint)"),
                    Findings.notes(cutover, NAME));
            cutover.run("flip");
        }
    }

    @Test
    void whatIsReplacedOnTheServingSideMeanwhileIsANote(TestServer server) throws Exception {
        String alike = OBJECTS.replace("SIDE", "v1") + OBJECTS.replace("SIDE", "v2");
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + alike, Mapping.IDENTITY)) {
            cutover.run("prepare");
            assertEquals(List.of(), Findings.notes(cutover, NAME));
            cutover.app().execute("""
                    CREATE OR REPLACE VIEW v1.both AS SELECT id FROM v1.item WHERE n > 0;
                    CREATE OR REPLACE FUNCTION v1.area(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
                    ALTER PROCEDURE v1.tidy() SECURITY DEFINER;
                    ALTER SEQUENCE v1.numbers INCREMENT 10;
                    CREATE OR REPLACE RULE quiet AS ON DELETE TO v1.item WHERE old.n < 1 DO INSTEAD NOTHING;
                    DROP TRIGGER touched ON v1.item;
                    CREATE TRIGGER touched AFTER UPDATE ON v1.item FOR EACH ROW EXECUTE FUNCTION v1.touch();
                    """);
            cutover.run("mirror", "backfill", "verify");

            assertEquals(
                    List.of("defined otherwise in v2 than in v1: function area(integer,integer); procedure tidy();"
                            + " sequence numbers; view \"both\"; rule quiet of item; trigger touched of item"),
                    Findings.notes(cutover, NAME));
        }
    }

    @Test
    void aTypeWhoseColumnsHaveAnotherOneIsANote(TestServer server) throws Exception {
        String rated = """
                CREATE TYPE v1.rating AS ENUM ('g', 'pg');
                CREATE TABLE v1.film (id int PRIMARY KEY, rating v1.rating, others v1.rating[]);
                CREATE TABLE v2.film (id int PRIMARY KEY, rating text, others text[]);
                """;
        Map<String, String> up = Map.of("rating", "rating::text", "others", "others::text[]");
        Map<String, String> down = Map.of("rating", "rating::v1.rating", "others", "others::v1.rating[]");
        Mapping mapping =
                new Mapping(Map.of("film", new Mapping.TableMapping("film", "film", List.of(), up, down)), Set.of());
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + rated, mapping)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(
                    List.of("type v1.rating has no counterpart in v2, and its columns another type"),
                    Findings.notes(cutover, NAME));
            cutover.run("flip");
        }
    }

    /** What the new version adds is no reason to stay there. */
    @Test
    void whatOnlyTheNewSideHasStopsNoRollback(TestServer server) throws Exception {
        String added = "CREATE FUNCTION v2.added() RETURNS int LANGUAGE sql AS 'SELECT 1';";
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + added, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");

            assertEquals(List.of(), Findings.blocking(cutover, NAME));
            cutover.run("rollback");
        }
    }

    private static List<String> names(Lifecycle cutover) throws Exception {
        return Findings.blocking(cutover, NAME).stream()
                .map(finding -> finding.replaceFirst(" has no counterpart .*", ""))
                .toList();
    }
}
