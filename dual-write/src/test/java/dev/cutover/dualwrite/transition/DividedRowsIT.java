// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.PartMapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.mapping.PlanBuilder;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.dualwrite.resync.Rehearsal;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.verify.RollbackLoss;
import dev.cutover.dualwrite.verify.Verification;
import dev.cutover.dualwrite.verify.Verifier;
import dev.cutover.dualwrite.worker.Throttle;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One table becomes three and three become one, within a database and between two, while clients write. */
@ExtendWith(PostgresExtension.class)
class DividedRowsIT {
    private static final String PEOPLE = """
            INSERT INTO w.people SELECT i, 'name ' || i, CASE WHEN i % 3 > 0 THEN 'street ' || i END,
                CASE WHEN i % 4 > 0 THEN 'city ' || i END, 'login ' || i, i, 'note ' || i FROM generate_series(1, 3000) AS i;
            """;
    private static final String PERSONS = """
            INSERT INTO s.persons SELECT i, 'name ' || i, 'note ' || i FROM generate_series(1, 3000) AS i;
            INSERT INTO s.addresses (person, road, city) SELECT i, 'street ' || i, CASE WHEN i % 4 > 0 THEN 'city ' || i END
                FROM generate_series(1, 3000, 2) AS i;
            INSERT INTO s.logins SELECT i, 'login ' || i, i FROM generate_series(1, 3000) AS i;
            """;

    /** {@code %1$d} is a key, {@code %2$d} a number. */
    private static final List<String> WHOLE_WRITES = List.of(
            "INSERT INTO w.people VALUES (%1$d, 'new', 's', 'c', 'l', %2$d) ON CONFLICT DO NOTHING",
            "INSERT INTO w.people (id, name) VALUES (%1$d, 'bare') ON CONFLICT (id) DO UPDATE SET seen = people.seen + 1",
            "UPDATE w.people SET street = NULL, city = NULL WHERE id = %1$d",
            "UPDATE w.people SET street = 'moved %2$d', seen = seen + 1 WHERE id = %1$d",
            "UPDATE w.people SET note = 'noted', login = 'l%2$d' WHERE id BETWEEN %1$d AND %1$d + 20",
            "DELETE FROM w.people WHERE id = %1$d",
            "UPDATE w.people SET id = id + 1000000 WHERE id = %1$d AND NOT EXISTS (SELECT FROM w.people WHERE id = %1$d + 1000000)",
            "DELETE FROM w.people WHERE id = %1$d; INSERT INTO w.people (id, name, city) VALUES (%1$d, 'again', 'x%2$d')");

    private static final List<String> SPLIT_WRITES = List.of(
            "INSERT INTO s.persons VALUES (%1$d, 'new') ON CONFLICT DO NOTHING;"
                    + " INSERT INTO s.logins VALUES (%1$d, 'l', %2$d) ON CONFLICT DO NOTHING",
            "INSERT INTO s.addresses (person, road) SELECT id, 'r%2$d' FROM s.persons WHERE id = %1$d"
                    + " ON CONFLICT (person) DO UPDATE SET road = 'again', city = 'c%2$d'",
            "DELETE FROM s.addresses WHERE person = %1$d",
            "UPDATE s.logins SET seen = seen + 1 WHERE id BETWEEN %1$d AND %1$d + 20",
            "DELETE FROM s.logins WHERE id = %1$d",
            "UPDATE s.persons SET name = 'renamed', note = NULL WHERE id = %1$d",
            "DELETE FROM s.persons WHERE id = %1$d",
            "UPDATE s.persons SET id = id + 1000000 WHERE id = %1$d AND NOT EXISTS (SELECT FROM s.persons WHERE id = %1$d + 1000000)",
            "UPDATE s.addresses SET person = person + 1 WHERE person = %1$d AND EXISTS (SELECT FROM s.persons"
                    + " WHERE id = %1$d + 1) AND NOT EXISTS (SELECT FROM s.addresses WHERE person = %1$d + 1)");

    @ParameterizedTest
    @CsvSource({
        "BLUE, BLUE, true", "BLUE, GREEN, true", "GREEN, BLUE, true", "GREEN, GREEN, true",
        "BLUE, BLUE, false", "BLUE, GREEN, false", "GREEN, BLUE, false", "GREEN, GREEN, false",
    })
    void bothSidesStayEqualThereAndBack(
            Side wholeIs, Side serving, boolean oneDatabase, TestDatabase one, TestDatabase two) throws Exception {
        Divided tenant = Divided.begin(one, oneDatabase ? one : two, wholeIs, serving == wholeIs);
        tenant.database(serving).execute(serving == wholeIs ? PEOPLE : PERSONS);
        tenant.park(serving.other());

        MirrorPlan plan = tenant.plan(serving);
        new Net(plan).install(tenant.placement(serving));
        underLoad(tenant, serving, plan, 1, () -> new Backfill(tenant.placement(serving), plan, 2, Throttle.NONE)
                .run(() -> false));
        assertEqual(tenant, serving, plan);

        tenant.database(serving).execute(serving == wholeIs ? "TRUNCATE w.people" : "TRUNCATE s.addresses, s.logins");
        drain(tenant, serving, plan);
        assertEqual(tenant, serving, plan);

        assertEquals(
                List.of(),
                new Rehearsal(tenant.placement(serving).reversed(), plan, tenant.plan(serving.other())).run());
        Side then = serving.other();
        tenant.park(serving);
        tenant.restore(then);
        MirrorPlan back = tenant.plan(then);
        if (then != wholeIs) {
            tenant.database(then).execute(PERSONS);
        }
        underLoad(tenant, then, back, 2, () -> true);
        assertEqual(tenant, then, back);
    }

    /** What runs while clients write. */
    @FunctionalInterface
    private interface Work {
        boolean run() throws Exception;
    }

    private static void underLoad(Divided tenant, Side serving, MirrorPlan plan, long seed, Work work)
            throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Resync resync = new Resync(tenant.placement(serving), plan);
        Thread writer = thread(failure, () -> write(tenant, serving, new Random(seed)));
        Thread carrier = thread(failure, () -> {
            while (!stop.get()) {
                resync.step();
            }
        });
        try {
            assertTrue(work.run());
            Verification verification = verify(tenant, serving, plan, false);
            assertEquals(0, verification.mismatches(), () -> "under load: " + verification.samples());
            writer.join();
        } finally {
            stop.set(true);
            carrier.join();
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        resync.drain(System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
    }

    private static Thread thread(AtomicReference<Throwable> failure, RunnableWork work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        });
        thread.start();
        return thread;
    }

    @FunctionalInterface
    private interface RunnableWork {
        void run() throws Exception;
    }

    private static void write(Divided tenant, Side serving, Random random) throws Exception {
        List<String> writes = serving == tenant.wholeIs() ? WHOLE_WRITES : SPLIT_WRITES;
        try (Connection connection = tenant.database(serving).connect();
                java.sql.Statement statement = connection.createStatement()) {
            for (int i = 0; i < 1500; i++) {
                String write = writes.get(random.nextInt(writes.size()));
                statement.execute(write.formatted(1 + random.nextInt(3200), random.nextInt(1000)));
            }
        }
    }

    private static void drain(Divided tenant, Side serving, MirrorPlan plan) throws Exception {
        new Resync(tenant.placement(serving), plan).drain(System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
    }

    private static Verification verify(Divided tenant, Side serving, MirrorPlan plan, boolean repair) throws Exception {
        return new Verifier(tenant.placement(serving), plan)
                .run(new Verifier.Scope(repair, 1), () -> false, rows -> {});
    }

    private static void assertEqual(Divided tenant, Side serving, MirrorPlan plan) throws Exception {
        assertEquals(
                List.of(),
                tenant.database(serving).query("SELECT side, tbl, key, error FROM cutover.dirty_key"),
                "marks are left");
        assertEquals(tenant.whole().query(Divided.PEOPLE), tenant.split().query(Divided.PERSONS));
        assertEquals(
                List.of("0"),
                tenant.split()
                        .query("SELECT count(*) FROM s.addresses AS a WHERE NOT EXISTS (SELECT FROM s.persons AS p"
                                + " WHERE p.id = a.person)"));
        Verification verification = verify(tenant, serving, plan, false);
        assertEquals(0, verification.mismatches(), () -> verification.samples().toString());
    }

    @Test
    void differencesOfPartsAreNamedAndRepaired(TestDatabase database) throws Exception {
        Divided tenant = Divided.begin(database, database, Side.BLUE, true);
        database.execute(PEOPLE);
        tenant.park(Side.GREEN);
        MirrorPlan plan = tenant.plan(Side.BLUE);
        new Net(plan).install(tenant.placement(Side.BLUE));
        new Backfill(tenant.placement(Side.BLUE), plan).run(() -> false);
        assertEqual(tenant, Side.BLUE, plan);

        database.execute(Divided.TOKEN + " UPDATE s.addresses SET city = city || ' ' WHERE person = 7");
        database.execute(Divided.TOKEN + " DELETE FROM s.logins WHERE id = 8");
        database.execute(Divided.TOKEN + " INSERT INTO s.addresses (person, road) VALUES (12, 'none')");
        database.execute(Divided.TOKEN + " UPDATE s.persons SET name = '' WHERE id = 9");

        assertEquals(
                List.of(
                        "DIFFERENT people > addresses [7]",
                        "DIFFERENT people [9]",
                        "MISSING people > logins [8]",
                        "SURPLUS people > addresses [12]"),
                verify(tenant, Side.BLUE, plan, true).samples().stream()
                        .map(difference -> difference.kind() + " " + difference.table() + " " + difference.key())
                        .sorted()
                        .toList());
        drain(tenant, Side.BLUE, plan);
        assertEqual(tenant, Side.BLUE, plan);
    }

    @Test
    void whatDoesNotComeBackIsCounted(TestDatabase database) throws Exception {
        Divided tenant = Divided.begin(database, database, Side.BLUE, true);
        database.execute(PERSONS + """
                UPDATE s.addresses SET road = NULL, city = NULL WHERE person IN (5, 7);
                DELETE FROM s.logins WHERE id = 2;
                ALTER TABLE s.addresses DROP CONSTRAINT addresses_person_fkey;
                DELETE FROM s.persons WHERE id = 9;
                """);

        List<RollbackLoss.Loss> losses;
        try (Connection connection = database.connect()) {
            losses = RollbackLoss.count(connection, tenant.plan(Side.GREEN), tenant.plan(Side.BLUE));
        }

        assertEquals(
                List.of(
                        "persons 1500 [addresses.note, addresses, logins.login, logins.seen, logins]",
                        "addresses 1 [there is no row of persons for them]"),
                losses.stream()
                        .map(loss -> loss.table() + " " + loss.rows() + " " + loss.columns())
                        .toList());
    }

    @Test
    void partsThatCannotBeCarriedAreProblems(TestDatabase database) throws Exception {
        Divided tenant = Divided.begin(database, database, Side.BLUE, true);
        database.execute("CREATE TABLE s.bare (id int, login text); CREATE TABLE s.texts (id text PRIMARY KEY);"
                + " CREATE TABLE s.maybes (id bigint UNIQUE)");
        Map<String, PartMapping> parts = Map.of(
                "addresses", new PartMapping(Map.of("lane", "street"), null),
                "bare", new PartMapping(Map.of(), null),
                "texts", new PartMapping(Map.of(), null),
                "maybes", new PartMapping(Map.of(), null),
                "nowhere", new PartMapping(Map.of(), null));
        PlanBuilder builder = tenant.builder(new Mapping(
                Map.of(
                        "people",
                        new TableMapping(
                                "people", "persons", List.of(), Map.of(), Map.of(), Map.of(), parts, Dropped.NOTHING)),
                Set.of()));

        builder.tables(Side.BLUE);

        assertEquals(
                List.of(
                        "addresses.lane: tables.people.green-parts.addresses.up names it, but there is no such column",
                        "addresses: its key (id) has no unique index on both sides whose columns are all NOT NULL",
                        "bare: its key (id) has no unique index on both sides whose columns are all NOT NULL",
                        "maybes: its key (id) has no unique index on both sides whose columns are all NOT NULL",
                        "nowhere: tables.people.green-parts.nowhere names it, but there is no such table",
                        "texts.id: its type is text, that of persons.id is bigint"),
                builder.problems().stream()
                        .map(problem -> problem.place() + ": " + problem.problem())
                        .sorted()
                        .toList());
    }
}
