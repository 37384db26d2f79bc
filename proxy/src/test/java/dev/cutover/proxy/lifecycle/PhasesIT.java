// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Blocker;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What each phase allows, and what a flip does that cannot be. */
@ExtendWith(PostgresExtension.class)
class PhasesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String TABLES = """
            CREATE TABLE v1.people (id int PRIMARY KEY, name text NOT NULL);
            CREATE TABLE v2.people (id int PRIMARY KEY, name text NOT NULL CHECK (name <> 'nobody'));
            CREATE TABLE v1.pets (id serial PRIMARY KEY, owner int REFERENCES v1.people, name text);
            CREATE TABLE v2.pets (id serial PRIMARY KEY, owner int REFERENCES v2.people, name text);
            CREATE FUNCTION v1.shout() RETURNS trigger LANGUAGE plpgsql AS
              $$BEGIN NEW.name := upper(NEW.name); RETURN NEW; END$$;
            CREATE TRIGGER shout BEFORE INSERT ON v1.pets FOR EACH ROW EXECUTE FUNCTION v1.shout();
            INSERT INTO v1.people SELECT i, 'person ' || i FROM generate_series(1, 100) AS i;
            """;

    /** All that a schema is made of, as text. */
    private static final String CATALOG = """
            SELECT 'c ' || c.oid::regclass || ' ' || c.relkind::text || ' ' || c.relowner::regrole || coalesce(c.relacl::text, '')
            FROM pg_class c WHERE relnamespace = 'v1'::regnamespace
            UNION ALL SELECT 'a ' || attrelid::regclass || ' ' || attname || format_type(atttypid, atttypmod) || attnotnull
            FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'v1'::regnamespace
            UNION ALL SELECT 'k ' || conrelid::regclass || ' ' || conname || pg_get_constraintdef(oid) || convalidated
            FROM pg_constraint WHERE connamespace = 'v1'::regnamespace
            UNION ALL SELECT 't ' || pg_get_triggerdef(t.oid) || tgenabled::text FROM pg_trigger t
            JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'v1'::regnamespace AND NOT tgisinternal
            UNION ALL SELECT 'n ' || coalesce(nspacl::text, '') FROM pg_namespace WHERE nspname = 'v1'
            ORDER BY 1""";

    private Lifecycle lifecycle;

    @BeforeEach
    void setUp(TestServer server) throws Exception {
        lifecycle = Lifecycle.start(server, TABLES, new Mapping(Map.of(), Set.of("shout")));
    }

    @AfterEach
    void tearDown() {
        lifecycle.close();
    }

    @Test
    void aVerbOutOfItsPhaseIsRefusedAndNamesTheNextOne() throws Exception {
        List<String> told = new ArrayList<>();
        told.addAll(refusals("STEADY", "mirror", "backfill", "verify", "flip", "rollback", "complete"));
        lifecycle.run("prepare");
        told.addAll(refusals("PREPARED", "backfill", "verify", "flip", "rollback", "complete"));
        lifecycle.run("mirror");
        told.addAll(refusals("MIRRORING", "flip", "rollback", "complete"));
        lifecycle.run("backfill", "verify");
        told.addAll(refusals("READY", "rollback", "complete"));
        lifecycle.run("flip");
        told.addAll(refusals("REVERSIBLE", "abort"));
        lifecycle.run("complete");
        told.addAll(refusals("STEADY", "mirror", "backfill", "verify", "flip", "rollback", "abort"));

        assertEquals(List.of(), told);
    }

    /** So a pipeline that was interrupted can run all its steps again. */
    @Test
    void aVerbThatIsRepeatedSaysSoAndChangesNothing() throws Exception {
        List<String> wrong = new ArrayList<>();
        wrong.addAll(repeated("STEADY, blue serves", "abort"));
        lifecycle.run("prepare", "prepare", "mirror");
        wrong.addAll(repeated("MIRRORING, blue serves", "prepare", "mirror"));
        lifecycle.run("backfill", "backfill", "verify", "verify");
        wrong.addAll(repeated("READY, blue serves", "prepare", "mirror"));
        lifecycle.run("flip", "verify", "rollback");
        wrong.addAll(repeated("READY, blue serves", "prepare", "mirror", "rollback"));
        lifecycle.run("flip");
        wrong.addAll(repeated("REVERSIBLE, green serves", "prepare", "mirror", "backfill", "flip"));
        lifecycle.run("verify", "complete");
        wrong.addAll(repeated("STEADY, green serves", "complete"));
        lifecycle.app().execute("TRUNCATE v1.people, v1.pets");
        lifecycle.run("prepare", "abort");
        wrong.addAll(repeated("STEADY, green serves", "abort"));

        assertEquals(List.of(), wrong);
        // What was aborted was not completed.
        assertEquals(List.of(), refusals("STEADY", "complete"));
    }

    @Test
    void anEarlierTransitionIsNotTakenForTheOneThatIsAskedFor() throws Exception {
        lifecycle.run("prepare", "mirror", "backfill", "verify", "flip");
        lifecycle.mapping(new Mapping(Map.of(), Set.of("shout", "people")));

        assertEquals(List.of(), refusals("REVERSIBLE", "prepare", "mirror", "backfill", "flip"));
    }

    private List<String> repeated(String state, String... verbs) throws Exception {
        List<String> wrong = new ArrayList<>();
        for (String verb : verbs) {
            long epoch = lifecycle.status().epoch();
            Operation operation = lifecycle.attempt(verb, VerbRequest.PLAIN);
            boolean right = operation.state() == State.SUCCEEDED
                    && operation.message().equals("nothing to do: tenant acme is " + state)
                    && lifecycle.status().epoch() == epoch;
            if (!right) {
                wrong.add(verb + " in " + state + ": " + operation.state() + " " + operation.message());
            }
        }
        return wrong;
    }

    /** The verbs of a phase that were not refused as they should be. */
    private List<String> refusals(String phase, String... verbs) throws Exception {
        String next =
                switch (phase) {
                    case "STEADY" -> "prepare";
                    case "PREPARED" -> "mirror";
                    case "MIRRORING" -> "backfill, then verify";
                    case "READY" -> "flip";
                    default -> "complete, or rollback";
                };
        List<String> wrong = new ArrayList<>();
        for (String verb : verbs) {
            Operation operation = lifecycle.attempt(verb, VerbRequest.PLAIN);
            boolean right = operation.state() == State.REFUSED
                    && operation.message().startsWith("tenant acme is " + phase + "; " + verb + " needs ")
                    && operation.message().endsWith(" (next: " + next + ")")
                    && lifecycle.status().phase() == Phase.valueOf(phase);
            if (!right) {
                wrong.add(phase + " " + verb + ": " + operation.state() + " " + operation.message());
            }
        }
        return wrong;
    }

    @Test
    void aDifferenceRevokesReadyAndIsNamed() throws Exception {
        lifecycle.run("prepare", "mirror", "backfill", "verify");
        spoil("DELETE FROM v2.people WHERE id = 7");

        Operation verify = lifecycle.attempt("verify", VerbRequest.PLAIN);

        assertEquals(State.REFUSED, verify.state());
        assertTrue(verify.findings().get(0).finding().contains("missing on the idle side"), verify::toString);
        assertEquals(Phase.MIRRORING, lifecycle.status().phase());
        assertEquals(State.REFUSED, lifecycle.attempt("flip", VerbRequest.PLAIN).state());
    }

    @Test
    void repairMakesWhatDiffersEqual() throws Exception {
        lifecycle.run("prepare", "mirror", "backfill", "verify");
        spoil("UPDATE v2.people SET name = 'somebody' WHERE id = 7");

        lifecycle.attempt("verify", new VerbRequest.Verify(true, null, null));

        lifecycle.run("verify", "flip");
        assertEquals(List.of("person 7"), lifecycle.app().query("SELECT name FROM v2.people WHERE id = 7"));
    }

    /** Changes the idle side behind the net's back. */
    private void spoil(String sql) throws SQLException {
        lifecycle
                .app()
                .execute("ALTER TABLE v2.people DISABLE TRIGGER USER; " + sql
                        + "; ALTER TABLE v2.people ENABLE ALWAYS TRIGGER cutover_net_row;"
                        + "ALTER TABLE v2.people ENABLE ALWAYS TRIGGER cutover_net_key;"
                        + "ALTER TABLE v2.people ENABLE ALWAYS TRIGGER cutover_net_truncate;"
                        + "ALTER TABLE v2.people ENABLE ALWAYS TRIGGER cutover_fence");
    }

    @Test
    void aRowThatTheIdleSideRefusesRevokesReadyAndStopsTheFlip() throws Exception {
        lifecycle.run("prepare", "mirror", "backfill", "verify");
        lifecycle.app().execute("UPDATE v1.people SET name = 'nobody' WHERE id = 7");
        Eventually.until("a row is refused and READY is revoked", PATIENCE, () -> {
            return lifecycle.status().marks().failed() == 1
                    && lifecycle.status().phase() == Phase.MIRRORING;
        });

        Operation flip = lifecycle.attempt("flip", VerbRequest.PLAIN);

        assertEquals(State.REFUSED, flip.state());
        assertEquals(Side.BLUE, lifecycle.status().serving());
        Operation check = lifecycle.attempt("check", VerbRequest.PLAIN);
        assertTrue(
                check.findings().stream()
                        .anyMatch(finding -> finding.guardrail().equals("idle-side-accepts-rows")),
                check::toString);
    }

    @Test
    void aFlipThatATransactionBlocksIsCancelledAndNamesIt() throws Exception {
        lifecycle.run("prepare", "mirror", "backfill", "verify");
        long epoch = lifecycle.status().epoch();
        try (Connection blocker = lifecycle.connect("acme");
                Connection other = lifecycle.connect("acme")) {
            blocker.setAutoCommit(false);
            execute(blocker, "UPDATE people SET name = 'blocked' WHERE id = 1");

            Operation flip = lifecycle.attempt("flip", VerbRequest.PLAIN);

            assertEquals(State.TIMED_OUT, flip.state());
            Blocker named = flip.blockers().get(0);
            assertEquals(1, flip.blockers().size());
            assertTrue(named.pid() > 0 && named.client().startsWith("127.0.0.1:"), named::toString);
            assertEquals(lifecycle.app().server().user(), named.user());
            assertTrue(named.ageMillis() > 0 && named.state().contains("transaction"), named::toString);
            assertTrue(named.query().contains("UPDATE people SET name = 'blocked'"), named::toString);
            assertEquals(epoch, lifecycle.status().epoch());
            assertEquals(Phase.READY, lifecycle.status().phase());
            assertEquals(Side.BLUE, lifecycle.status().serving());
            execute(other, "INSERT INTO people VALUES (200, 'goes on')");
            blocker.commit();
        }
        assertEquals(
                List.of("blocked", "goes on"),
                lifecycle.app().query("SELECT name FROM v1.people WHERE id IN (1, 200) ORDER BY id"));
    }

    @Test
    void aForcedFlipCancelsWhatBlocksIt() throws Exception {
        lifecycle.run("prepare", "mirror", "backfill", "verify");
        try (Connection blocker = lifecycle.connect("acme")) {
            CompletableFuture<SQLException> cancelled = CompletableFuture.supplyAsync(() -> assertThrows(
                    SQLException.class,
                    () -> execute(blocker, "UPDATE people SET name = 'x' WHERE pg_sleep(60) IS NULL")));
            Eventually.until("one transaction runs", PATIENCE, () -> {
                return lifecycle.status().traffic().transactions() == 1;
            });

            Operation flip = lifecycle.attempt("flip", new VerbRequest.Switch(true, false, Set.of()));

            assertEquals(State.SUCCEEDED, flip.state(), flip::message);
            assertEquals("57014", cancelled.get(20, TimeUnit.SECONDS).getSQLState());
            assertEquals(List.of("v2"), query(blocker, "SELECT current_schema()"));
        }
    }

    @Test
    void abortLeavesTheServingSchemaAsItWasFound() throws Exception {
        List<String> before = lifecycle.app().query(CATALOG);
        List<List<String>> after = new ArrayList<>();

        for (int verbs = 1; verbs <= 4; verbs++) {
            lifecycle.app().execute("TRUNCATE v2.people, v2.pets");
            lifecycle.run(List.of("prepare", "mirror", "backfill", "verify")
                    .subList(0, verbs)
                    .toArray(String[]::new));
            lifecycle.run("abort");
            after.add(lifecycle.app().query(CATALOG));
        }

        assertEquals(List.of(before, before, before, before), after);
        assertEquals(
                List.of(),
                lifecycle
                        .app()
                        .query("SELECT tgname::text FROM pg_trigger WHERE tgname LIKE 'cutover%' UNION ALL"
                                + " SELECT proname::text FROM pg_proc WHERE pronamespace = 'cutover'::regnamespace"
                                + " AND proname NOT IN ('unmirrored', 'fence')"));
    }

    @Test
    void afterCompleteTheNextTransitionGoesTheOtherWay() throws Exception {
        lifecycle.run("prepare", "mirror", "backfill", "verify", "flip", "complete");
        lifecycle.app().execute("TRUNCATE v1.people, v1.pets");
        try (Connection client = lifecycle.connect("acme")) {
            execute(client, "INSERT INTO people VALUES (300, 'in green')");

            lifecycle.run("prepare", "mirror", "backfill", "verify", "flip");

            execute(client, "INSERT INTO people VALUES (301, 'in blue')");
            assertEquals(List.of("v1"), query(client, "SELECT current_schema()"));
        }
        assertEquals(Side.BLUE, lifecycle.status().serving());
        assertEquals(
                lifecycle.app().query("SELECT id || name FROM v1.people ORDER BY id"),
                lifecycle.app().query("SELECT id || name FROM v2.people ORDER BY id"));
        assertEquals(List.of("102"), lifecycle.app().query("SELECT count(*) FROM v1.people"));
    }

    @Test
    void prepareRefusesAnIdleSideThatHoldsRows() throws Exception {
        lifecycle.app().execute("INSERT INTO v2.people VALUES (1, 'here already')");

        Operation prepare = lifecycle.attempt("prepare", VerbRequest.PLAIN);

        assertEquals(State.REFUSED, prepare.state());
        assertTrue(prepare.message().contains("--clean"), prepare::message);
        assertEquals(Phase.STEADY, lifecycle.status().phase());
    }

    @Test
    void anotherTenantRunsOnWhileAGateIsClosed() throws Exception {
        lifecycle.run("prepare", "mirror", "backfill", "verify");
        try (Connection blocker = lifecycle.connect("acme");
                Connection held = lifecycle.connect("acme");
                Connection globex = lifecycle.connect("globex")) {
            blocker.setAutoCommit(false);
            execute(blocker, "UPDATE people SET name = 'blocked' WHERE id = 1");
            CompletableFuture<Operation> flip = CompletableFuture.supplyAsync(() -> flip());
            Eventually.until("acme is SWITCHING", PATIENCE, () -> {
                return lifecycle.status().phase() == Phase.SWITCHING;
            });
            CompletableFuture<Void> waits = CompletableFuture.runAsync(() -> insert(held, 400));

            for (int i = 0; i < 50; i++) {
                execute(globex, "INSERT INTO t VALUES (" + i + ")");
            }

            assertTrue(!flip.isDone() && !waits.isDone(), "the gate was closed all the while");
            blocker.commit();
            assertEquals(State.SUCCEEDED, flip.get(30, TimeUnit.SECONDS).state());
            waits.get(30, TimeUnit.SECONDS);
        }
        assertEquals(List.of("50"), lifecycle.app().query("SELECT count(*) FROM globex.t"));
        assertEquals(List.of("1"), lifecycle.app().query("SELECT count(*) FROM v2.people WHERE id = 400"));
    }

    @Test
    void aMappedTableKeepsItsShapeWhileMirroring() throws Exception {
        try (Connection client = lifecycle.connect("acme")) {
            execute(client, "ALTER TABLE people ADD COLUMN while_steady int");
            lifecycle.app().execute("ALTER TABLE v2.people ADD COLUMN while_steady int");
            lifecycle.run("prepare", "mirror");

            SQLException refused = assertThrows(
                    SQLException.class, () -> execute(client, "ALTER TABLE people ADD COLUMN while_mirroring int"));

            assertEquals("0A000", refused.getSQLState());
            assertTrue(refused.getMessage().contains("acme"), refused::getMessage);
            execute(client, "CREATE TEMP TABLE unmapped (id int)");
            lifecycle.run("abort");
            execute(client, "ALTER TABLE people ADD COLUMN while_steady_again int");
        }
    }

    @Test
    void aPinnedSessionMovesOnItsOwnConnection() throws Exception {
        try (Connection pinned = lifecycle.connect("acme")) {
            execute(pinned, "CREATE TEMP TABLE notes (n int)");
            execute(pinned, "INSERT INTO notes VALUES (42)");
            execute(pinned, "LISTEN news");
            lifecycle.run("prepare", "mirror", "backfill", "verify");
            List<String> pid = query(pinned, "SELECT pg_backend_pid()");

            lifecycle.run("flip");

            assertEquals(List.of("v2"), query(pinned, "SELECT current_schema()"));
            assertEquals(List.of("42"), query(pinned, "SELECT n FROM notes"));
            assertEquals(pid, query(pinned, "SELECT pg_backend_pid()"));
            execute(pinned, "INSERT INTO people VALUES (500, 'by a pinned session')");
        }
        assertEquals(List.of("1"), lifecycle.app().query("SELECT count(*) FROM v2.people WHERE id = 500"));
        Eventually.until("the row is carried over to v1", PATIENCE, () -> {
            return List.of("1").equals(lifecycle.app().query("SELECT count(*) FROM v1.people WHERE id = 500"));
        });
    }

    private Operation flip() {
        try {
            return lifecycle.attempt("flip", VerbRequest.PLAIN);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void insert(Connection connection, int id) {
        try {
            execute(connection, "INSERT INTO people VALUES (" + id + ", 'held')");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }
}
