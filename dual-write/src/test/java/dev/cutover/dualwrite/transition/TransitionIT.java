// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.resync.Rehearsal;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.schema.Sequences;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.verify.Verification;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class TransitionIT {
    private static final String ROWS = """
            INSERT INTO v1.customers (name, balance) SELECT 'Ann B' || i, i FROM generate_series(1, 4500) AS i;
            INSERT INTO v1.orders SELECT i, j, 'note' FROM generate_series(1, 1500) AS i, generate_series(1, 3) AS j;
            """;

    private static final List<String> WRITES = List.of(
            "UPDATE v1.customers SET balance = balance + 1 WHERE id <= 10",
            "DELETE FROM v1.orders WHERE customer = 3",
            "INSERT INTO v1.customers (id, name) VALUES (9001, 'New One')",
            "UPDATE v1.orders SET no = no + 100 WHERE customer = 5",
            "WITH gone AS (DELETE FROM v1.orders WHERE customer = 7 RETURNING *) INSERT INTO v1.orders SELECT customer,"
                    + " no + 50, note FROM gone",
            "SET session_replication_role = replica; UPDATE v1.orders SET note = 'bypassed' WHERE customer = 11",
            "DO $$ BEGIN UPDATE v1.customers SET name = 'Done By' WHERE id = 12; END $$",
            "TRUNCATE v1.orders");

    @Test
    void aBackfillMakesBothSidesEqual(TestDatabase database) throws Exception {
        Transition transition = prepared(database);

        transition.backfill();

        Verification verification = transition.verify();
        assertEquals(0, verification.mismatches(), () -> verification.samples().toString());
        assertEquals(9000, verification.rows());
        assertEquals(
                List.of("Ann|B7|7|basic"),
                database.query(
                        "SELECT concat_ws('|', first_name, last_name, balance, tier) FROM v2.clients WHERE id = 7"));
    }

    @Test
    void whatTheNetMarksIsResynced(TestDatabase database) throws Exception {
        Transition transition = prepared(database);
        transition.backfill();

        for (String write : WRITES) {
            database.execute(write);
            assertEquals(0, transition.verify().mismatches(), "marked keys are not mismatches: " + write);
            transition.resync();
            assertEquals(List.of("0"), database.query("SELECT count(*) FROM cutover.dirty_key"), write);
            Verification verification = transition.verify();
            assertEquals(0, verification.mismatches(), () -> write + verification.samples());
        }
    }

    @Test
    void aStatementWithTheTokenIsNotMarked(TestDatabase database) throws Exception {
        Transition transition = prepared(database);

        database.execute(Transition.TOKEN + " UPDATE v1.customers SET balance = 5 WHERE id = 1");

        assertEquals(List.of("0"), database.query("SELECT count(*) FROM cutover.dirty_key"));
    }

    @Test
    void whatATriggerUnderATokenStatementChangesIsMarked(TestDatabase database) throws Exception {
        Transition transition = prepared(database);
        database.execute("""
                CREATE FUNCTION v1.touch() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN UPDATE v1.orders SET note = 'touched' WHERE customer = NEW.id; RETURN NULL; END $$;
                CREATE TRIGGER touch AFTER UPDATE ON v1.customers FOR EACH ROW EXECUTE FUNCTION v1.touch()""");

        database.execute(Transition.TOKEN + " UPDATE v1.customers SET balance = 5 WHERE id = 1");

        assertEquals(
                List.of("[1, 1]", "[1, 2]", "[1, 3]"),
                database.query("SELECT key FROM cutover.dirty_key WHERE tbl = 'orders' ORDER BY key"));
    }

    @Test
    void aDifferenceWithoutAMarkIsFound(TestDatabase database) throws Exception {
        Transition transition = prepared(database);
        transition.backfill();
        Transition.removeNet(transition.plan, transition.placement());
        database.execute("UPDATE v2.clients SET balance = balance # 1 WHERE id = 4321;"
                + "DELETE FROM v2.orders WHERE customer = 1 AND no = 1; INSERT INTO v2.orders VALUES (2, 77, 'x')");

        Verification verification = transition.verify();

        assertEquals(
                List.of("DIFFERENT [4321]", "MISSING [1, 1]", "SURPLUS [2, 77]"),
                verification.samples().stream()
                        .map(difference -> difference.kind() + " " + difference.key())
                        .toList());
    }

    @Test
    void aRogueWriteOnTheIdleSideIsUndoneAndCounted(TestDatabase database) throws Exception {
        Transition transition = prepared(database);
        transition.backfill();
        Resync resync = new Resync(transition.placement(), transition.plan);

        database.execute("UPDATE v2.clients SET balance = -1 WHERE id = 5; TRUNCATE v2.orders");
        resync.drain(System.nanoTime() + 60_000_000_000L);

        assertEquals(2, resync.rogueMarks());
        assertEquals(0, transition.verify().mismatches());
    }

    @Test
    void aRowThatTheIdleSideRefusesKeepsItsMarkWithTheError(TestDatabase database) throws Exception {
        Transition transition = prepared(database);
        transition.backfill();
        database.execute("ALTER TABLE v2.clients ADD CHECK (balance < 100000)");

        database.execute("UPDATE v1.customers SET balance = 100000 + id WHERE id IN (1, 2)");
        transition.resync();

        assertEquals(
                List.of("[1] 23514", "[2] 23514"),
                database.query("SELECT key::text || ' ' || left(error, 5) FROM cutover.dirty_key ORDER BY key"));
    }

    @Test
    void aRehearsalThatWaitsForAClientHoldsNothingThatTheClientNeeds(TestDatabase database) throws Exception {
        Transition transition = Transition.begin(database, Side.BLUE);
        database.execute("INSERT INTO v1.customers (name) SELECT 'Ada Byron' FROM generate_series(1, 5)");
        transition.installNet();
        transition.backfill();
        Rehearsal rehearsal = new Rehearsal(
                transition.placement().reversed(), transition.plan, Transition.plan(database, Side.GREEN));
        try (Connection client = database.connect();
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            statement.execute("UPDATE v1.customers SET balance = 1");

            CompletableFuture<List<Rehearsal.Failure>> running = CompletableFuture.supplyAsync(() -> {
                try {
                    return rehearsal.run();
                } catch (SQLException e) {
                    throw new CompletionException(e);
                }
            });
            boolean waits = false;
            while (!waits && !running.isDone()) {
                waits = !database.query("SELECT 1 FROM pg_locks WHERE NOT granted")
                        .isEmpty();
            }
            assertTrue(waits, "the rehearsal has not waited");
            statement.execute("SELECT FROM v2.clients FOR UPDATE NOWAIT");
            client.rollback();

            running.join();
        }
        assertEquals(List.of(), rehearsal.run());
    }

    @Test
    void theWayBackCarriesThroughDown(TestDatabase database) throws Exception {
        Transition out = prepared(database);
        out.backfill();
        Transition back = out.reversed();

        database.execute(
                "INSERT INTO v2.clients (id, first_name, last_name, balance) VALUES (7777, 'Joan', 'of Arc', 3)");
        back.resync();

        assertEquals(List.of("Joan of Arc"), database.query("SELECT name FROM v1.customers WHERE id = 7777"));
        assertEquals(0, back.verify().mismatches());
    }

    @Test
    void sequencesGetAheadOfTheServingSide(TestDatabase database) throws Exception {
        Transition transition = prepared(database);
        transition.backfill();
        try (Connection connection = database.connect()) {
            Sequences sequences = Sequences.of(connection, connection, transition.plan, true);
            assertEquals(List.of("v2.clients_id_seq"), sequences.behind(connection, connection));

            sequences.advance(connection, connection, 1000);

            assertEquals(List.of(), sequences.behind(connection, connection));
        }
        assertEquals(List.of("5501"), database.query("SELECT nextval('v2.clients_id_seq')"));
    }

    @Test
    void parkedForeignKeysAndTriggersComeBack(TestDatabase database) throws Exception {
        Transition.begin(database, Side.BLUE);
        List<String> before = constraints(database);
        Parking parking = new Parking(TransitionSchema.USUAL, "acme");
        try (Connection connection = database.connect()) {
            parking.park(connection, Side.GREEN, "v2");
            parking.park(connection, Side.GREEN, "v2");
            assertEquals(List.of("orders_customer_fkey"), names(database));

            parking.restore(connection, Side.GREEN);
            Parking.validate(connection, "v2");
        }

        assertEquals(before, constraints(database));
    }

    @Test
    void aForeignKeyToAPartitionedTableComesBack(TestDatabase database) throws Exception {
        Transition.begin(database, Side.BLUE);
        database.execute("CREATE TABLE v2.whole (id int PRIMARY KEY) PARTITION BY HASH (id);"
                + "CREATE TABLE v2.even PARTITION OF v2.whole FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
                + "CREATE TABLE v2.odd PARTITION OF v2.whole FOR VALUES WITH (MODULUS 2, REMAINDER 1);"
                + "CREATE TABLE v2.part (id int PRIMARY KEY, whole int REFERENCES v2.whole);"
                + "INSERT INTO v2.whole SELECT generate_series(1, 20);"
                + "INSERT INTO v2.part SELECT i, i FROM generate_series(1, 20) AS i");
        List<String> before = constraints(database);
        Parking parking = new Parking(TransitionSchema.USUAL, "acme");
        try (Connection connection = database.connect()) {
            parking.park(connection, Side.GREEN, "v2");
            parking.restore(connection, Side.GREEN);
            Parking.validate(connection, "v2");
        }
        assertEquals(before, constraints(database));
    }

    private static List<String> names(TestDatabase database) throws Exception {
        return database.query("SELECT name FROM cutover.parked");
    }

    private static List<String> constraints(TestDatabase database) throws Exception {
        return database.query("SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated"
                + " FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 ORDER BY 1");
    }

    private static Transition prepared(TestDatabase database) throws Exception {
        Transition transition = Transition.begin(database, Side.BLUE);
        database.execute(ROWS);
        try (Connection connection = database.connect()) {
            new Parking(TransitionSchema.USUAL, "acme").park(connection, Side.GREEN, "v2");
        }
        transition.installNet();
        return transition;
    }
}
