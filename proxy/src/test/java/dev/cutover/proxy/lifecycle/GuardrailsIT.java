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
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is wrong is made wrong on purpose: each time the guardrail that is for it, and no other, refuses the flip. */
@ExtendWith(PostgresExtension.class)
class GuardrailsIT {
    private static final String PEOPLE = """
            CREATE TABLE v1.people (id int PRIMARY KEY, name text NOT NULL, age int);
            INSERT INTO v1.people SELECT i, 'Person ' || i, i FROM generate_series(1, 100) AS i;
            CREATE TABLE v2.people (id int PRIMARY KEY, name text NOT NULL, age int);
            """;

    private static Mapping people(Map<String, String> up, Map<String, String> down) {
        return new Mapping(Map.of("people", new TableMapping("people", "people", List.of(), up, down)), Set.of());
    }

    private static Lifecycle ready(TestServer server, String tables, Mapping mapping, Layout layout) throws Exception {
        Lifecycle cutover = Lifecycle.start(server, tables, mapping, layout);
        cutover.run("prepare", "mirror", "backfill", "verify");
        return cutover;
    }

    private static VerbRequest forced(String... names) {
        return new VerbRequest.Switch(false, false, Set.of(names));
    }

    /** Refused by this guardrail alone; with check as with flip, and the flip has changed nothing. */
    private static Finding refusedBy(Lifecycle cutover, String guardrail) throws Exception {
        Operation check = cutover.attempt("check", VerbRequest.PLAIN);
        Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);
        List<Finding> stops =
                check.findings().stream().filter(Finding::blocking).toList();
        assertEquals(List.of(State.REFUSED, State.REFUSED), List.of(check.state(), flip.state()), flip::message);
        assertEquals(stops, flip.findings());
        assertEquals(Phase.READY, cutover.status().phase());
        assertEquals(
                List.of(guardrail),
                stops.stream().map(Finding::guardrail).distinct().toList(),
                stops::toString);
        assertTrue(!stops.get(0).remedy().isEmpty());
        return stops.get(0);
    }

    private static void contains(String part, String whole) {
        assertTrue(whole.contains(part), whole);
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void aForeignKeyThatWouldNotHold(Layout layout, TestServer server) throws Exception {
        String pets = """
                CREATE TABLE v1.pets (id int PRIMARY KEY, "the owner" int, kind text, breed text);
                CREATE TABLE v2.pets (id int PRIMARY KEY, "the owner" int CONSTRAINT owned REFERENCES v2.people,
                  kind text, breed text);
                INSERT INTO v1.pets VALUES (1, 1), (2, NULL), (3, 777), (4, 778);
                """;
        try (Lifecycle cutover = ready(server, PEOPLE + pets, Mapping.IDENTITY, layout)) {
            Finding found = refusedBy(cutover, "foreign-keys-hold");
            contains("owned", found.finding());
            contains(" 2 row(s)", found.finding());

            Operation forced = cutover.attempt("flip", forced("foreign-keys-hold"));

            assertEquals(State.SUCCEEDED, forced.state(), forced::message);
            contains("forced against foreign-keys-hold", forced.message());
            contains("not every foreign key could be validated", forced.message());
        }
    }

    /** As where a resync is carrying rows over all the time: somewhere a parent is missing, but never for long. */
    @Test
    void rowsThatAreOnTheirWayDoNotViolateAForeignKey(TestServer server) throws Exception {
        String pets = """
                CREATE TABLE v1.pets (id int PRIMARY KEY, owner int);
                CREATE TABLE v2.pets (id int PRIMARY KEY, owner int REFERENCES v2.people);
                INSERT INTO v1.pets SELECT i, i FROM generate_series(1, 100) AS i;
                """;
        try (Lifecycle cutover = ready(server, PEOPLE + pets, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.app().execute("ALTER TABLE v2.people DISABLE TRIGGER ALL; DELETE FROM v2.people WHERE id = 1");
            AtomicBoolean stopped = new AtomicBoolean();
            CompletableFuture<Void> churn = CompletableFuture.runAsync(() -> {
                try (Connection connection = cutover.app().connect();
                        Statement statement = connection.createStatement()) {
                    for (int missing = 1; !stopped.get(); missing = missing % 100 + 1) {
                        int next = missing % 100 + 1;
                        statement.execute("BEGIN; INSERT INTO v2.people VALUES (" + missing
                                + ", '', 0); DELETE FROM v2.people WHERE id = " + next + "; COMMIT");
                    }
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            Operation check;
            try {
                check = cutover.attempt("check", VerbRequest.PLAIN);
            } finally {
                stopped.set(true);
            }

            churn.join();
            assertTrue(
                    check.findings().stream()
                            .noneMatch(finding -> finding.guardrail().equals("foreign-keys-hold")),
                    check.findings()::toString);
        }
    }

    @Test
    void aMatchFullKeyLooksAtNullsToo(TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.rooms (house int, no int, PRIMARY KEY (house, no));
                CREATE TABLE v2.rooms (house int, no int, PRIMARY KEY (house, no));
                CREATE TABLE v1.keys (id int PRIMARY KEY, house int, no int);
                CREATE TABLE v2.keys (id int PRIMARY KEY, house int, no int,
                  CONSTRAINT opens FOREIGN KEY (house, no) REFERENCES v2.rooms MATCH FULL);
                INSERT INTO v1.rooms VALUES (1, 1);
                INSERT INTO v1.keys VALUES (1, 1, 1), (2, NULL, NULL), (3, 1, NULL);
                """;
        try (Lifecycle cutover = ready(server, tables, Mapping.IDENTITY, Layout.INLINE)) {
            contains(" 1 row(s)", refusedBy(cutover, "foreign-keys-hold").finding());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void aDownThatLosesSomething(Layout layout, TestServer server) throws Exception {
        Mapping lossy = people(Map.of("name", "upper(name)"), Map.of("name", "initcap(name)"));
        String oneLost = PEOPLE + "UPDATE v1.people SET name = 'mcDonald' WHERE id = 7;";
        try (Lifecycle cutover = ready(server, oneLost, lossy, layout)) {
            Finding found = refusedBy(cutover, "no-rollback-loss");
            contains("1 row(s) of people", found.finding());
            contains("(name, for example key [7])", found.finding());

            Operation forced = cutover.attempt("flip", forced("no-rollback-loss"));

            assertEquals(State.SUCCEEDED, forced.state(), forced::message);
        }
    }

    @Test
    void aDownThatCannotBeEvaluatedForEveryRow(TestServer server) throws Exception {
        String tables = PEOPLE + "UPDATE v1.people SET age = 0 WHERE id = 100;";
        Mapping failing = people(Map.of(), Map.of("age", "CASE WHEN age = 0 THEN 1 / age ELSE age END"));
        try (Lifecycle cutover = ready(server, tables, failing, Layout.INLINE)) {
            contains("division by zero", refusedBy(cutover, "no-rollback-loss").finding());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void aRowThatTheServingSideWouldRefuseAfterTheFlip(Layout layout, TestServer server) throws Exception {
        String tables = PEOPLE + """
                CREATE FUNCTION v1.refuse() RETURNS trigger LANGUAGE plpgsql AS
                  $$BEGIN RAISE EXCEPTION 'people are final'; END$$;
                CREATE TRIGGER refuse BEFORE UPDATE ON v1.people FOR EACH ROW EXECUTE FUNCTION v1.refuse();
                """;
        try (Lifecycle cutover = ready(server, tables, new Mapping(Map.of(), Set.of("refuse")), layout)) {
            Operation check = cutover.attempt("check", VerbRequest.PLAIN);
            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);

            contains("the flip itself rehearses a rollback", check.message());
            assertEquals(State.REFUSED, flip.state(), flip::message);
            assertEquals(Phase.READY, cutover.status().phase());
            assertEquals(
                    List.of("rollback-rehearsal"),
                    flip.findings().stream().map(Finding::guardrail).toList());
            contains("people are final", flip.findings().get(0).finding());
            assertEquals(0, cutover.status().marks().pending(), "the rehearsal has left something behind");
        }
    }

    @Test
    void aTableThatWasAlteredPastTheProxy(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server, PEOPLE, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.app().execute("ALTER TABLE v1.people ADD COLUMN email text");

            contains("people", refusedBy(cutover, "schema-unchanged").finding());
        }
    }

    @Test
    void anIndexThatWasLeftUnfinished(TestServer server) throws Exception {
        String tables = PEOPLE + "CREATE INDEX by_age ON v2.people (age);";
        try (Lifecycle cutover = ready(server, tables, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.app().execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'v2.by_age'::regclass");

            contains("by_age", refusedBy(cutover, "indexes-valid").finding());
        }
    }

    @Test
    void aSequenceThatIsBehindIsNoFindingAndOneThatCannotFollowStopsTheFlip(TestServer server) throws Exception {
        String tables = """
                CREATE TABLE v1.bills (id bigserial PRIMARY KEY, no serial);
                CREATE TABLE v2.bills (id bigserial PRIMARY KEY, no smallserial);
                INSERT INTO v1.bills SELECT i, i FROM generate_series(1, 50) AS i;
                SELECT setval('v1.bills_id_seq', 5000);
                """;
        try (Lifecycle cutover = ready(server, tables, Mapping.IDENTITY, Layout.INLINE)) {
            Operation check = cutover.attempt("check", VerbRequest.PLAIN);
            assertEquals(State.SUCCEEDED, check.state(), check::message);
            assertEquals(List.of(), check.findings());

            cutover.app().execute("SELECT setval('v1.bills_no_seq', 40000)");

            contains("v2.bills_no_seq", refusedBy(cutover, "sequences-ahead").finding());
        }
    }

    /** The row is as far away for version 2 as it was for version 1. */
    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aSequenceTakesOverThePositionAndNotTheGreatestRow(Layout layout, TestServer server) throws Exception {
        StringBuilder tables = new StringBuilder();
        for (String schema : List.of("v1", "v2")) {
            tables.append("""
                    CREATE TABLE $.bills (id smallserial PRIMARY KEY, note text);
                    CREATE SEQUENCE $.down INCREMENT -2 START 1000 MINVALUE 1 MAXVALUE 1000;
                    CREATE SEQUENCE $.round MAXVALUE 10 CYCLE;
                    """.replace("$", schema));
        }
        tables.append("INSERT INTO v1.bills (note) VALUES ('drawn'); INSERT INTO v1.bills VALUES (32700, 'by hand');"
                + " SELECT nextval('v1.down') FROM generate_series(1, 10); SELECT setval('v1.round', 9)");
        try (Lifecycle cutover = ready(server, tables.toString(), Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            for (String verb : List.of("flip", "rollback", "flip")) {
                cutover.run(verb);
                statement.execute("INSERT INTO bills (note) VALUES ('after the " + verb + "')");
                statement.execute("SELECT nextval('down'), nextval('round')");
                cutover.run("verify");
            }
            TestDatabase green = cutover.database("v2");
            assertEquals(List.of("f"), green.query("SELECT last_value > 32000 FROM v2.bills_id_seq"));
            assertEquals(List.of("f"), green.query("SELECT last_value > 978 FROM v2.down"));
            assertEquals(List.of("2"), green.query("SELECT last_value FROM v2.round"));
        }
    }

    @Test
    void aDisabledTriggerOfTheNet(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server, PEOPLE, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.app().execute("ALTER TABLE v1.people DISABLE TRIGGER cutover_net_row");

            contains(
                    "v1.people: cutover_net_row",
                    refusedBy(cutover, "net-in-place").finding());
        }
    }

    @Test
    void serversThatAreNotAlike(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server, PEOPLE, Mapping.IDENTITY, Layout.TWO_SERVERS)) {
            cutover.app().execute("CREATE EXTENSION tablefunc");

            contains("tablefunc", refusedBy(cutover, "same-extensions").finding());
            Operation forced = cutover.attempt("flip", forced("same-extensions"));
            assertEquals(State.SUCCEEDED, forced.state(), forced::message);
        }
    }

    @Test
    void whatCannotBeForcedAndWhatIsNoGuardrailIsRefused(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, PEOPLE, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.app().execute("ALTER TABLE v1.people DISABLE TRIGGER cutover_net_row");

            Operation never = cutover.attempt("flip", forced("net-in-place"));
            Operation unknown = cutover.attempt("flip", forced("net-in-palce"));

            assertEquals(List.of(State.REFUSED, State.REFUSED), List.of(never.state(), unknown.state()));
            contains("net-in-place cannot be forced", never.message());
            contains("no guardrail net-in-palce", unknown.message());
            contains("foreign-keys-hold", unknown.message());
        }
    }

    @Test
    void theHistoryTellsPhasesGuardrailsAndWhatWasForced(TestServer server) throws Exception {
        Mapping lossy = people(Map.of("name", "upper(name)"), Map.of());
        try (Lifecycle cutover = ready(server, PEOPLE, lossy, Layout.INLINE)) {
            refusedBy(cutover, "no-rollback-loss");
            cutover.attempt("flip", forced("no-rollback-loss"));

            List<String> history = cutover.history().stream()
                    .map(entry -> entry.command() + " " + entry.result() + " " + entry.message())
                    .toList();

            contains("forced against no-rollback-loss", history.get(0));
            contains("phase REVERSIBLE from SWITCHING; green serves", history.get(1));
            contains("phase SWITCHING from READY", history.get(2));
            contains("[no-rollback-loss]", history.get(3));
            assertTrue(history.contains("phase READY from MIRRORING; blue serves, epoch 2"), history::toString);
        }
    }
}
