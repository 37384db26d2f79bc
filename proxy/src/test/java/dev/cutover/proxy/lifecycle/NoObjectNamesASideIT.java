// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the database itself leads to the side that a flip makes idle is named, object by object, before the flip. */
@ExtendWith(PostgresExtension.class)
class NoObjectNamesASideIT {
    private static final String NAME = "no-object-names-a-side";

    /** Green has none of these, and needs none. */
    private static final Mapping MAPPING = new Mapping(Map.of(), Set.of("mood", "numbers", "touch"));

    private static final String TABLES = """
            CREATE TYPE v1.mood AS ENUM ('good', 'bad');
            CREATE SEQUENCE v1.numbers;
            CREATE TABLE v1.note (id int PRIMARY KEY, text text);
            CREATE TABLE v1.log (id int PRIMARY KEY, text text);
            CREATE TABLE v2.note (id int PRIMARY KEY, text text);
            CREATE TABLE v2.log (id int PRIMARY KEY, text text);
            CREATE FUNCTION v1.own() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM v1.note';
            CREATE FUNCTION v2.own() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM v2.note';
            CREATE FUNCTION v1.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            """;

    /** All of them lead to v1. */
    private static final String OBJECTS = """
            CREATE FUNCTION v2.by_text() RETURNS void LANGUAGE plpgsql AS 'BEGIN UPDATE v1.note SET text = text; END';
            CREATE FUNCTION public.by_format() RETURNS void LANGUAGE plpgsql AS
                'BEGIN EXECUTE format(''DELETE FROM %I.log'', ''v1''); END';
            CREATE FUNCTION public.by_string() RETURNS void LANGUAGE plpgsql AS
                'BEGIN EXECUTE ''DELETE FROM "v1" . log''; END';
            CREATE FUNCTION v2.by_path() RETURNS void LANGUAGE sql SET search_path = v1, public AS 'DELETE FROM log';
            CREATE VIEW public.report AS SELECT n.text FROM v1.note n JOIN v1.log USING (id);
            CREATE RULE copy AS ON INSERT TO v2.log DO ALSO INSERT INTO v1.log VALUES (NEW.*);
            CREATE TRIGGER touched BEFORE INSERT ON v2.note FOR EACH ROW EXECUTE FUNCTION v1.touch();
            CREATE MATERIALIZED VIEW public.summary AS SELECT count(*) AS notes FROM v1.note;
            CREATE TABLE public.child (id int PRIMARY KEY REFERENCES v1.note);
            ALTER TABLE v2.log ADD CONSTRAINT log_note FOREIGN KEY (id) REFERENCES v1.note;
            CREATE TABLE public.guarded (id int);
            CREATE POLICY seen ON public.guarded USING (id IN (SELECT id FROM v1.note));
            ALTER TABLE public.guarded ALTER COLUMN id SET DEFAULT v1.own();
            CREATE TABLE public.numbered (id int DEFAULT nextval('v1.numbers'), mood v1.mood);
            """;

    private static final List<String> STOPPING = List.of(
            "default on guarded",
            "foreign key child_id_fkey on child",
            "foreign key log_note on v2.log",
            "function by_format()",
            "function by_string()",
            "function v2.by_path()",
            "function v2.by_text()",
            "policy seen on guarded",
            "rule copy on v2.log",
            "trigger touched on v2.note",
            "view report",
            "view summary");

    private static final List<String> NOTED = List.of("default on numbered", "table numbered");

    private static final String DROP = """
            DROP FUNCTION v2.by_text(); DROP FUNCTION public.by_format(); DROP FUNCTION public.by_string();
            DROP FUNCTION v2.by_path(); DROP VIEW public.report; DROP MATERIALIZED VIEW public.summary; DROP RULE copy ON v2.log;
            DROP TRIGGER touched ON v2.note; DROP TABLE public.child; DROP TABLE public.guarded;
            DELETE FROM cutover.parked WHERE name IN ('log_note', 'touched');
            """;

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE"})
    void eachObjectThatLeadsToTheServingSideStopsTheFlip(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + OBJECTS, MAPPING, layout)) {
            cutover.run("prepare");
            assertEquals(STOPPING, objects(cutover, true), "before the tenant mirrors");
            cutover.run("mirror", "backfill", "verify");
            assertEquals(STOPPING, objects(cutover, true));
            assertEquals(NOTED, objects(cutover, false));

            assertEquals(List.of(NAME), refusals(cutover.attempt("flip", VerbRequest.PLAIN)));

            cutover.app().execute(DROP);
            assertEquals(List.of(), objects(cutover, true));
            cutover.run("flip");
        }
    }

    @Test
    void anObjectThatLeadsToTheNewSideStopsTheRollback(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING)) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");
            cutover.app().execute("CREATE VIEW public.report AS SELECT text FROM v2.note");

            assertEquals(List.of(NAME), refusals(cutover.attempt("rollback", VerbRequest.PLAIN)));

            cutover.app().execute("DROP VIEW public.report");
            cutover.run("rollback");
        }
    }

    /** Nothing there can reach blue's database, but the name is as wrong. */
    @Test
    void aFunctionInTheOtherDatabaseIsFoundByItsText(TestServer server) throws Exception {
        String misled =
                "CREATE FUNCTION v2.misled() RETURNS void LANGUAGE plpgsql AS 'BEGIN UPDATE v1.note SET text = text; END';";
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + misled, MAPPING, Layout.TWO_DATABASES)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(List.of("function v2.misled()"), objects(cutover, true));
        }
    }

    @Test
    void aTableThatInheritsFromASideIsFound(TestServer server) throws Exception {
        String heir = "CREATE TABLE public.heir (own text) INHERITS (v1.log);";
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + heir, MAPPING)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(List.of("table heir"), objects(cutover, true));
        }
    }

    @Test
    void whatOnlyMentionsTheNameStopsNothing(TestServer server) throws Exception {
        String innocent = """
                CREATE FUNCTION public.a() RETURNS text LANGUAGE sql AS 'SELECT ''as in v1 of the API'' /* v1.note */ -- v1.note';
                CREATE FUNCTION public.b(v1 int) RETURNS int LANGUAGE sql AS 'SELECT v1 + 1';
                CREATE FUNCTION public.c() RETURNS text LANGUAGE sql AS 'SELECT text FROM xv1.note LIMIT 1';
                """;
        try (Lifecycle cutover = Lifecycle.start(
                server, TABLES + "CREATE SCHEMA xv1; CREATE TABLE xv1.note (text text);" + innocent, MAPPING)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertEquals(List.of(), objects(cutover, true));
            assertEquals(List.of(), objects(cutover, false));
            cutover.run("flip");
        }
    }

    private static List<String> objects(Lifecycle cutover, boolean blocking) throws Exception {
        return cutover.attempt("check", VerbRequest.PLAIN).findings().stream()
                .filter(finding -> finding.guardrail().equals(NAME) && finding.blocking() == blocking)
                .map(finding -> finding.finding().replaceFirst(" leads to the schema .*", ""))
                .sorted()
                .toList();
    }

    private static List<String> refusals(Operation operation) {
        assertEquals(State.REFUSED, operation.state(), operation::message);
        assertTrue(operation.findings().stream().allMatch(Finding::blocking), operation::toString);
        return operation.findings().stream().map(Finding::guardrail).distinct().toList();
    }
}
