// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.adminapi.ComparedRead;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.control.tenant.ReadOutcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads of clients are run again on both sides. */
@ExtendWith(PostgresExtension.class)
class ComparedReadsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String TABLES = """
            CREATE TABLE v1.people (id int PRIMARY KEY, name text, score int, code text, gone int);
            CREATE TABLE v2.people (id bigint PRIMARY KEY, name text, score int, code int);
            INSERT INTO v1.people SELECT i, 'p' || i, i % 3, i, i FROM generate_series(1, 20) AS i;
            """;
    private static final Dropped DROPPED = new Dropped(Set.of("gone"), Set.of());
    private static final Mapping MAPPING = new Mapping(
            Map.of(
                    "people",
                    new TableMapping(
                            "people",
                            "people",
                            List.of("id"),
                            Map.of("name", "upper(name)", "code", "code::int"),
                            Map.of("name", "lower(name)", "code", "code::text", "gone", "id"),
                            Map.of(),
                            Map.of(),
                            DROPPED)),
            Set.of());
    private static final String WORKER = "compare-reads-acme";

    /** What {@link #ready} sends. */
    private static final String FIRST = "select ?";

    @ParameterizedTest
    @CsvSource({"INLINE", "TWO_DATABASES"})
    void readsThatDifferAreNamedAndRefuseTheFlip(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING, layout);
                Connection client = cutover.connect("acme")) {
            ready(cutover, client);

            query(client, "SELECT id, score FROM people");
            query(client, "SELECT name FROM people WHERE id = 3");
            query(client, "SELECT code FROM people ORDER BY code");
            query(client, "SELECT id, score FROM people ORDER BY score");
            query(client, "SELECT gone FROM people");
            query(client, "SELECT random() FROM people");
            query(client, "SELECT clock_timestamp()");
            try (PreparedStatement prepared = client.prepareStatement("SELECT id, name FROM people WHERE id = ?")) {
                for (int i = 1; i <= 10; i++) {
                    prepared.setInt(1, i);
                    prepared.executeQuery();
                }
            }
            try (PreparedStatement prepared = client.prepareStatement("SELECT score FROM people WHERE name = ?")) {
                prepared.setString(1, "it's\\");
                prepared.executeQuery();
            }
            Eventually.until("18 reads are compared", PATIENCE, () -> all(cutover) == 18);

            assertEquals(
                    List.of(
                            "select id, name from people where id = ?: 0 10 0 row 1 (1, p1) is not there on the idle side",
                            "select code from people order by code: 0 1 0 row 2 (10) is another one on the idle side (2)",
                            "select gone from people: 0 1 0 SQLSTATE 42703 on the idle side",
                            "select name from people where id = ?: 0 1 0 row 1 (p3) is not there on the idle side",
                            "select clock_timestamp(): 0 0 1 ",
                            "select id, score from people: 1 0 0 ",
                            "select id, score from people order by score: 1 0 0 ",
                            "select random() from people: 0 0 1 ",
                            "select score from people where name = ?: 1 0 0 "),
                    cutover.reads().stream()
                            .filter(read -> !read.statement().equals(FIRST))
                            .map(read -> read.statement() + ": " + read.equal() + " " + read.different() + " "
                                    + read.incomparable() + " " + read.difference())
                            .toList());
            Operation check = cutover.attempt("check", VerbRequest.PLAIN);
            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);
            assertEquals(4, found(check).size(), () -> found(check).toString());
            assertEquals(State.REFUSED, flip.state());
            assertEquals(found(check), found(flip));
            assertEquals(
                    State.SUCCEEDED,
                    cutover.attempt("flip", new VerbRequest.Switch(true, false, Set.of()))
                            .state());
            assertEquals(List.of(), cutover.reads(), "another direction begins anew");
            Eventually.until("a read is compared after the flip", PATIENCE, () -> {
                query(client, "SELECT id, score FROM people");
                return !cutover.reads().isEmpty();
            });
            assertEquals(0, cutover.reads().get(0).different(), "and is compared, too");
        }
    }

    @ParameterizedTest
    @CsvSource({"INLINE, 600", "DEFERRED_IN_ONE_DATABASE, 300", "TWO_DATABASES, 300"})
    void writesThatGoOnAreNoDifference(Layout layout, int compared, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(
                        server, TABLES.replace(", gone int", "").replace(", i, i", ", i"), identity(), layout);
                Connection client = cutover.connect("acme")) {
            ready(cutover, client);
            AtomicBoolean stop = new AtomicBoolean();
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                writers.add(CompletableFuture.runAsync(() -> write(cutover, stop)));
            }
            try (PreparedStatement hot = client.prepareStatement("SELECT name, score FROM people WHERE id = ?");
                    PreparedStatement sum = client.prepareStatement("SELECT count(*), sum(score) FROM people")) {
                while (cutover.comparedReads(ReadOutcome.EQUAL) < compared
                        && cutover.comparedReads(ReadOutcome.DIFFERENT) == 0) {
                    hot.setInt(1, ThreadLocalRandom.current().nextInt(3) + 1);
                    hot.executeQuery();
                    sum.executeQuery();
                }
            } finally {
                stop.set(true);
            }
            writers.forEach(CompletableFuture::join);

            assertEquals(0, cutover.comparedReads(ReadOutcome.DIFFERENT), () -> cutover.reads()
                    .toString());
        }
    }

    @Test
    void aClientDoesNotWaitForTheIdleSide(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING, Layout.INLINE);
                Connection client = cutover.connect("acme");
                Connection locker = cutover.app().connect();
                Statement lock = locker.createStatement()) {
            ready(cutover, client);
            locker.setAutoCommit(false);
            lock.execute("LOCK TABLE v2.people");

            for (int i = 0; i < 200; i++) {
                query(client, "SELECT score FROM people WHERE id = " + i);
            }
            Eventually.until("a read waits for the idle side", PATIENCE, () -> waiters(cutover) == 1);
            assertTrue(cutover.comparedReads(ReadOutcome.DROPPED) > 0, "the queue is bounded");
            assertEquals(0, cutover.comparedReads(ReadOutcome.DIFFERENT));

            cutover.compareReads(0);
            Eventually.until("the worker's end", PATIENCE, () -> waiters(cutover) == 0 && !workerLives());
            locker.rollback();
            cutover.compareReads(1);
            Eventually.until("an equal read after the lock", PATIENCE, () -> {
                query(client, "SELECT score FROM people WHERE id = 1");
                return cutover.reads().stream()
                        .anyMatch(read ->
                                read.statement().equals("select score from people where id = ?") && read.equal() > 0);
            });
            assertEquals(0, cutover.comparedReads(ReadOutcome.DIFFERENT));
        }
    }

    @Test
    void onlyReadsThatMeanTheSameInAnySessionAreTaken(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING, Layout.INLINE);
                Connection client = cutover.connect("acme")) {
            ready(cutover, client);
            String difference = "SELECT name FROM people WHERE id = 1";

            client.setAutoCommit(false);
            query(client, difference);
            client.rollback();
            client.setAutoCommit(true);
            query(client, "SET search_path TO v1, pg_catalog");
            query(client, difference);
            query(client, "RESET search_path");
            query(client, "SET ROLE " + '"' + cutover.app().server().user() + '"');
            query(client, difference);
            query(client, "RESET ROLE");
            query(client, "INSERT INTO people (id) VALUES (99) RETURNING id");
            failing(client, "SELECT 1 / (id - id) FROM people");
            query(client, "SELECT max(score) FROM people");
            Eventually.until("the last read is compared", PATIENCE, () -> {
                return cutover.reads().stream()
                        .anyMatch(read -> read.statement().contains("max("));
            });

            assertEquals(
                    List.of("select max(score) from people"),
                    cutover.reads().stream()
                            .map(ComparedRead::statement)
                            .filter(statement -> !statement.equals(FIRST))
                            .toList());
        }
    }

    @Test
    void withoutAShareThereIsNoThread(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING, Layout.INLINE);
                Connection client = cutover.connect("acme")) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            query(client, "SELECT name FROM people");
            assertFalse(workerLives());

            cutover.compareReads(1);
            assertTrue(workerLives());
            cutover.run("abort");
            Eventually.until("the worker's end", PATIENCE, () -> !workerLives());
            assertEquals(0, all(cutover));
        }
    }

    /** The maintenance role sees all rows on both sides; this role does not. */
    @ParameterizedTest
    @CsvSource({"INLINE", "TWO_DATABASES"})
    void aReadIsRunWithTheRightsAndPoliciesOfItsRole(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING, layout);
                Connection client = cutover.connect("acme")) {
            ready(cutover, client);
            String reader = cutover.app().name() + "_reader";
            cutover.app().execute("CREATE ROLE " + reader + " LOGIN PASSWORD 'secret'");
            see(cutover.app(), "v1", reader, 10);
            see(cutover.green(), "v2", reader, 5);

            try (Connection theirs = cutover.connect("acme", reader, "secret")) {
                query(theirs, "SELECT count(*) FROM people");
                query(theirs, "SELECT id FROM people WHERE id < 3");
                query(client, "SELECT score FROM people");
                Eventually.until("three reads are compared", PATIENCE, () -> all(cutover) == 3);
            }

            assertEquals(
                    List.of(
                            "select count(*) from people: 0 1 0",
                            "select id from people where id < ?: 1 0 0",
                            "select score from people: 1 0 0"),
                    cutover.reads().stream()
                            .filter(read -> !read.statement().equals(FIRST))
                            .map(read -> read.statement() + ": " + read.equal() + " " + read.different() + " "
                                    + read.incomparable())
                            .toList());
        }
    }

    private static void see(TestDatabase database, String schema, String role, int last) throws SQLException {
        database.execute(
                "GRANT USAGE ON SCHEMA " + schema + " TO " + role + "; GRANT SELECT ON " + schema + ".people TO "
                        + role + "; ALTER TABLE " + schema + ".people ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON "
                        + schema
                        + ".people USING (id <= " + last + ")");
    }

    private static Mapping identity() {
        return new Mapping(
                Map.of(
                        "people",
                        new TableMapping(
                                "people",
                                "people",
                                List.of("id"),
                                Map.of("code", "code::int"),
                                Map.of("code", "code::text"))),
                Set.of());
    }

    /** With all reads compared, and the first one seen to be. */
    private static void ready(Lifecycle cutover, Connection client) throws Exception {
        cutover.run("prepare", "mirror", "backfill", "verify");
        cutover.compareReads(1);
        Eventually.until("the first read is compared", PATIENCE, () -> {
            query(client, "SELECT 1");
            return cutover.comparedReads(ReadOutcome.EQUAL) > 0;
        });
        long[] before = {-1};
        Eventually.until("no more reads are compared", PATIENCE, () -> {
            boolean still = all(cutover) == before[0];
            before[0] = all(cutover);
            return still;
        });
    }

    /** Rows that are toggled and counted up, by statements that are mirrored, by the net, and in transactions. */
    private static void write(Lifecycle cutover, AtomicBoolean stop) {
        try (Connection writer = cutover.connect("acme");
                Statement statement = writer.createStatement()) {
            for (int i = 0; !stop.get(); i++) {
                statement.execute("UPDATE people SET score = 1 - score WHERE id = 1");
                statement.execute("DO 'BEGIN UPDATE people SET score = 1 - score WHERE id = 2; END'");
                statement.execute("BEGIN; UPDATE people SET score = score + 1, name = name || '' WHERE id = 3;"
                        + " UPDATE people SET score = score - 1 WHERE id = 4; COMMIT");
                if (i % 20 == 0) {
                    LockSupport.parkNanos(100_000_000);
                }
            }
        } catch (SQLException e) {
            throw new CompletionException(e);
        }
    }

    private static long all(Lifecycle cutover) {
        return cutover.reads().stream()
                .filter(read -> !read.statement().equals(FIRST))
                .mapToLong(read -> read.equal() + read.different() + read.incomparable())
                .sum();
    }

    private static List<String> found(Operation operation) {
        return operation.findings().stream()
                .filter(finding -> finding.guardrail().equals("reads-agree"))
                .map(Finding::finding)
                .toList();
    }

    private static long waiters(Lifecycle cutover) {
        try {
            return Long.parseLong(cutover.app()
                    .query("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    .get(0));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean workerLives() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals(WORKER));
    }

    private static void query(Connection client, String sql) {
        try (Statement statement = client.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void failing(Connection client, String sql) {
        try (Statement statement = client.createStatement()) {
            statement.execute(sql);
            throw new AssertionError("it has not failed");
        } catch (SQLException e) {
            assertEquals("22012", e.getSQLState());
        }
    }
}
