// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A prepare that is refused has changed nothing, and check says so beforehand; one that has changed something has failed. */
@ExtendWith(PostgresExtension.class)
class PreparePreconditionsIT {
    private static final VerbRequest.Prepare CLEAN = new VerbRequest.Prepare(true, false, Set.of());
    private static final String PEOPLE = "CREATE TABLE people (id int PRIMARY KEY, name text);";
    private static final String OLD_SIDE = "CREATE SCHEMA v2; CREATE TABLE v2.people (id int PRIMARY KEY, name text);"
            + " INSERT INTO v2.people VALUES (1, 'old')";

    @TempDir
    private Path directory;

    private Lifecycle start(TestServer server, Mapping mapping, Layout layout) throws Exception {
        return Lifecycle.start(
                server,
                List.of(PEOPLE, "INSERT INTO people VALUES (1, 'Ann')"),
                directory.resolve("db"),
                mapping,
                layout);
    }

    private void migration(String name, String sql) throws Exception {
        Files.createDirectories(directory.resolve("db"));
        Files.writeString(directory.resolve("db").resolve(name), sql);
    }

    private static Mapping people(List<String> key, Map<String, String> up, Map<String, String> down) {
        return new Mapping(Map.of("people", new TableMapping("people", "people", key, up, down)), Set.of());
    }

    private static List<Finding> blocking(Operation operation) {
        return operation.findings().stream().filter(Finding::blocking).toList();
    }

    /** Both refuse with the same findings, of which the first has this label and these words; nothing has changed. */
    private static void refused(Lifecycle cutover, VerbRequest request, String label, String... words)
            throws Exception {
        List<String> before = DatabaseDump.of(cutover);

        Operation check = cutover.attempt("check", VerbRequest.PLAIN);
        Operation prepare = cutover.attempt("prepare", request);

        assertEquals(State.REFUSED, prepare.state(), prepare::message);
        assertEquals(before, DatabaseDump.of(cutover));
        if (request != CLEAN) {
            assertEquals(State.REFUSED, check.state(), check::message);
            assertEquals(blocking(prepare), blocking(check));
        }
        Finding first = blocking(prepare).get(0);
        assertEquals(label, first.guardrail(), prepare::toString);
        for (String word : words) {
            assertTrue(first.finding().contains(word), first::toString);
        }
        assertTrue(!first.remedy().isEmpty(), first::toString);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aMigrationWhoseNameFlywayDoesNotKnow(boolean clean, TestServer server) throws Exception {
        migration("V1__people.sql", PEOPLE);
        migration("V2_email.sql", "ALTER TABLE people ADD COLUMN email text;");
        try (Lifecycle cutover = start(server, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.app().execute(clean ? OLD_SIDE : "SELECT 1");

            refused(cutover, clean ? CLEAN : VerbRequest.PLAIN, "migrations", "V2_email.sql");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDirectoryOfMigrationsThatIsNotThere(boolean clean, TestServer server) throws Exception {
        try (Lifecycle cutover = start(server, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.app().execute(clean ? OLD_SIDE : "SELECT 1");

            refused(
                    cutover,
                    clean ? CLEAN : VerbRequest.PLAIN,
                    "migrations",
                    directory.resolve("db").toString());
        }
    }

    @Test
    void aMigrationThatWasChangedSinceItWasApplied(TestServer server) throws Exception {
        migration("V1__people.sql", PEOPLE);
        try (Lifecycle cutover = start(server, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.run("prepare", "abort");
            migration("V1__people.sql", "CREATE TABLE people (id bigint PRIMARY KEY, name text);");

            refused(cutover, VerbRequest.PLAIN, "migrations", "migration 1 (people)", "hecksum");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void aMappingThatNamesWhatTheServingSideDoesNotHave(Layout layout, TestServer server) throws Exception {
        migration("V1__people.sql", PEOPLE);
        Mapping wrong = people(List.of(), Map.of("name", "upper(nmae)"), Map.of());
        try (Lifecycle cutover = start(server, wrong, layout)) {
            refused(cutover, VerbRequest.PLAIN, "mapping", "tables.people.up.name", "nmae", "(position 7)");
        }
        Mapping open = people(List.of(), Map.of("name", "upper(name"), Map.of());
        try (Lifecycle cutover = start(server, open, layout)) {
            refused(cutover, VerbRequest.PLAIN, "mapping", "tables.people.up.name", "(at the end)");
        }
        Mapping wrongTable =
                new Mapping(Map.of("poeple", TableMapping.namesake("poeple")), Set.of("people"), Map.of("people", "x"));
        try (Lifecycle cutover = start(server, wrongTable, layout)) {
            cutover.green().execute(OLD_SIDE);

            refused(cutover, CLEAN, "mapping", "poeple", "blue has none");
        }
    }

    @Test
    void aMappingThatCallsWhatTheMigrationsMake(TestServer server) throws Exception {
        migration(
                "V1__people.sql",
                PEOPLE + "CREATE FUNCTION tidy(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT trim($1)';");
        Mapping calling = people(List.of(), Map.of("name", "v2.tidy(name)"), Map.of("name", "name"));
        try (Lifecycle cutover = start(server, calling, Layout.INLINE)) {
            cutover.run("prepare", "abort");
            cutover.green().execute("DROP SCHEMA v2 CASCADE; " + OLD_SIDE);

            Operation prepare = cutover.attempt("prepare", CLEAN);

            assertEquals(State.SUCCEEDED, prepare.state(), prepare::toString);
        }
    }

    @Test
    void aMappingThatDoesNotFitASchemaThatIsThereAlready(TestServer server) throws Exception {
        Mapping wrong = people(List.of(), Map.of("nickname", "name"), Map.of());
        String tables = """
                CREATE TABLE v1.people (id int PRIMARY KEY, name text);
                CREATE TABLE v2.people (id int PRIMARY KEY, name text)""";
        try (Lifecycle cutover = Lifecycle.start(server, tables, wrong)) {
            refused(cutover, VerbRequest.PLAIN, "mapping", "people.nickname");
        }
    }

    @Test
    void anExpressionThatFailsBetweenTwoSchemasThatAreThere(TestServer server) throws Exception {
        Mapping wrong = people(List.of(), Map.of("name", "upper(nmae)"), Map.of());
        String tables = """
                CREATE TABLE v1.people (id int PRIMARY KEY, name text);
                CREATE TABLE v2.people (id int PRIMARY KEY, name text)""";
        try (Lifecycle cutover = Lifecycle.start(server, tables, wrong)) {
            refused(cutover, VerbRequest.PLAIN, "mapping", "people to green, column name", "nmae", "(position 7)");
        }
    }

    @Test
    void rowsOfTheIdleSide(TestServer server) throws Exception {
        migration("V1__people.sql", PEOPLE);
        try (Lifecycle cutover = start(server, Mapping.IDENTITY, Layout.TWO_DATABASES)) {
            cutover.green().execute(OLD_SIDE);

            refused(cutover, VerbRequest.PLAIN, "idle-side-empty", "people");
        }
    }

    @Test
    void cleanWhereNoMigrationMakesTheSchemaAnew(TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.people (id int PRIMARY KEY, name text);
                CREATE TABLE v2.people (id int PRIMARY KEY, name text)""";
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY)) {
            refused(cutover, CLEAN, "migrations", "--clean", "v2");
        }
    }

    @Test
    void cleanWhereSomethingElseDependsOnTheSchema(TestServer server) throws Exception {
        migration("V1__people.sql", PEOPLE);
        try (Lifecycle cutover = start(server, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.app().execute(OLD_SIDE + "; CREATE VIEW public.report AS SELECT name FROM v2.people");
            List<String> before = DatabaseDump.of(cutover);

            Operation prepare = cutover.attempt("prepare", CLEAN);

            assertEquals(State.REFUSED, prepare.state(), prepare::message);
            assertTrue(prepare.message().contains("public.report"), prepare::message);
            assertEquals(before, DatabaseDump.of(cutover));
        }
    }

    /** Only the new schema shows it. */
    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void whatIsFoundAfterTheSchemaWasDroppedIsAFailureAndNamesWhatHasChanged(Layout layout, TestServer server)
            throws Exception {
        migration("V1__people.sql", "CREATE TABLE people (id int PRIMARY KEY);");
        try (Lifecycle cutover = start(server, Mapping.IDENTITY, layout)) {
            cutover.green().execute(OLD_SIDE);

            Operation prepare = cutover.attempt("prepare", CLEAN);

            assertEquals(State.FAILED, prepare.state(), prepare::message);
            assertTrue(
                    prepare.message()
                            .endsWith("; changed before that: schema v2 of green was dropped,"
                                    + " 1 migrations were applied to schema v2 of green"),
                    prepare::message);
            assertEquals("nothing-left-behind", prepare.findings().get(0).guardrail());
            assertEquals(Phase.STEADY, cutover.status().phase());
        }
    }

    @Test
    void aDryRunSetsNoSequence(TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.bills (id serial PRIMARY KEY);
                CREATE TABLE v2.bills (id serial PRIMARY KEY);
                INSERT INTO v1.bills SELECT nextval('v1.bills_id_seq') FROM generate_series(1, 5000);""";
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            List<String> before = DatabaseDump.of(cutover);

            Operation dry = cutover.attempt("flip", new VerbRequest.Switch(false, true, Set.of()));

            assertEquals(State.SUCCEEDED, dry.state(), dry::message);
            assertEquals(before, DatabaseDump.of(cutover));
        }
    }
}
