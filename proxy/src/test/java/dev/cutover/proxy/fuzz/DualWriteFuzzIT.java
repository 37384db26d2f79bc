// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.fuzz.Player.Played;
import dev.cutover.proxy.lifecycle.Layout;
import dev.cutover.proxy.lifecycle.Lifecycle;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random schemas, mappings and concurrent sessions through a whole cutover, with the backfill, flips and rollbacks among their
 * transactions; then the same sessions directly. The replies must be the same, the rows must be the same as directly, and both
 * sides must be equal with no mark left.
 *
 * <p>A fixed set of seeds runs with all tests, a larger one with {@code -Pslow}. {@code -Dcutover.fuzz.minutes=10 -Dcutover.fuzz.seed=1000} runs on from
 * a seed for so long.
 */
@ExtendWith(PostgresExtension.class)
@Tag("slow")
final class DualWriteFuzzIT {
    private static final int SESSIONS = 3;
    /** Transactions of each session before the next step of the cutover. */
    private static final int PACE = 25;

    private static final int ATTEMPTS = 200;

    private volatile boolean stopped;
    private volatile Side side = Side.BLUE;
    /** Held for writing while it flips, where the versions cannot be used alike or the state at the flip is compared. */
    private final ReadWriteLock versions = new ReentrantReadWriteLock();

    private final int[] played = new int[SESSIONS];
    private final AtomicInteger repeated = new AtomicInteger();

    /** Some of each {@link Vocabulary}, each layout among them. */
    static LongStream seeds() {
        return Extent.whole() ? allSeeds() : LongStream.of(1, 2, 103, 201, 302);
    }

    private static LongStream allSeeds() {
        return Stream.of(
                        LongStream.rangeClosed(1, 8),
                        LongStream.rangeClosed(101, 106),
                        LongStream.rangeClosed(201, 204),
                        LongStream.rangeClosed(301, 304))
                .flatMapToLong(seeds -> seeds);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aCutoverChangesNoReplyAndLosesNoWrite(long seed, TestServer server) throws Exception {
        run(seed, server);
    }

    @Test
    @EnabledIfSystemProperty(named = "cutover.fuzz.minutes", matches = "\\d+")
    void asLongAsAskedFor(TestServer server) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(Long.getLong("cutover.fuzz.minutes"));
        long seed = Long.getLong("cutover.fuzz.seed", 1000);
        long transactions = 0;
        int seeds = 0;
        int repeated = 0;
        while (System.nanoTime() < end) {
            DualWriteFuzzIT one = new DualWriteFuzzIT();
            one.run(seed + seeds, server);
            transactions += Arrays.stream(one.played).sum();
            repeated += one.repeated.get();
            seeds++;
        }
        System.out.printf(
                Locale.ROOT,
                "fuzz: %d seeds from %d on, %d transactions, %d repeated at the server's request%n",
                seeds,
                seed,
                transactions,
                repeated);
    }

    private void run(long seed, TestServer server) throws Exception {
        RandomSchema schema = new RandomSchema(new SplittableRandom(seed), Vocabulary.of(seed));
        Layout layout = List.of(Layout.INLINE, Layout.INLINE, Layout.DEFERRED_IN_ONE_DATABASE, Layout.TWO_DATABASES)
                .get((int) (seed % 4));
        String name = "seed " + seed + " " + layout + (schema.renames ? " with renames" : "");
        String ddl = schema.ddl(Side.BLUE) + schema.ddl(Side.GREEN);
        List<List<Played>> replies;
        int[] counts;
        try (Lifecycle cutover = Lifecycle.start(server, ddl, schema.mapping(), layout)) {
            List<CompletableFuture<List<Played>>> sessions = new ArrayList<>();
            try {
                replies = proxied(seed, schema, layout, cutover, sessions);
            } catch (Throwable e) {
                throw new AssertionError(name, e);
            } finally {
                stopped = true;
                sessions.forEach(
                        session -> session.exceptionally(error -> List.of()).join());
            }
            counts = played.clone();
            assertEquals(0, cutover.status().marks().pending(), name);
            assertEquals(0, cutover.status().verify().mismatches(), name);
            assertTrue(cutover.planned("mirrored") > 0, name);
            for (RandomTable table : schema.tables) {
                assertEquals(
                        rows(cutover.app(), table, Side.BLUE, table.carried(Side.BLUE)),
                        rows(cutover.green(), table, Side.GREEN, table.carried(Side.GREEN)),
                        name + ", " + table.blue);
            }
            TestDatabase direct = server.createDatabase();
            direct.execute("CREATE SCHEMA v1;" + schema.ddl(Side.BLUE));
            for (int i = 0; i < SESSIONS; i++) {
                assertSame(direct(seed, schema, direct, i, counts[i]), replies.get(i), name + ", session " + i);
            }
            for (RandomTable table : schema.tables) {
                assertEquals(
                        rows(direct, table, Side.BLUE, table.readable(Side.BLUE, "")),
                        rows(cutover.app(), table, Side.BLUE, table.readable(Side.BLUE, "")),
                        name + ", " + table.blue);
            }
            assertEquals(tally(direct), tally(cutover.app()), name);
            if (schema.odd) {
                assertEquals(counters(cutover.app(), "v1", ""), counters(cutover.green(), "v2", ""), name);
                assertEquals(counters(direct, "v1", "sum"), counters(cutover.app(), "v1", "sum"), name);
            }
            assertEquals(OtherObjects.largeObjects(direct), OtherObjects.largeObjects(cutover.app()), name);
        }
    }

    private List<List<Played>> proxied(
            long seed,
            RandomSchema schema,
            Layout layout,
            Lifecycle cutover,
            List<CompletableFuture<List<Played>>> sessions)
            throws Exception {
        cutover.run("prepare");
        for (int i = 0; i < SESSIONS; i++) {
            int session = i;
            sessions.add(CompletableFuture.supplyAsync(
                    () -> session(seed, schema, cutover, session),
                    command -> new Thread(command, "session-" + session).start()));
        }
        pace(sessions);
        cutover.run("mirror");
        pace(sessions);
        succeed(cutover, "backfill");
        succeed(cutover, "verify");
        for (String verb : List.of("flip", "rollback", "flip", "rollback")) {
            pace(sessions);
            flip(schema, layout, cutover, verb);
        }
        pace(sessions);
        stopped = true;
        List<List<Played>> replies = new ArrayList<>();
        for (CompletableFuture<List<Played>> session : sessions) {
            replies.add(session.get(2, TimeUnit.MINUTES));
        }
        cutover.awaitNoMarks();
        succeed(cutover, "verify");
        return replies;
    }

    private void flip(RandomSchema schema, Layout layout, Lifecycle cutover, String verb) throws Exception {
        boolean alone = schema.renames || schema.objects && (layout == Layout.TWO_DATABASES || verb.equals("rollback"));
        if (alone) {
            versions.writeLock().lock();
        }
        try {
            if (alone && schema.objects) {
                cutover.awaitNoMarks();
            }
            if (schema.objects && layout == Layout.TWO_DATABASES) {
                OtherObjects.carryLargeObjects(schema, cutover, side);
            }
            succeed(cutover, verb);
            side = side.other();
            if (schema.objects) {
                OtherObjects.assertViewsFilled(cutover, side, alone);
            }
        } finally {
            if (alone) {
                versions.writeLock().unlock();
            }
        }
    }

    /** A guardrail may refuse under load; what it refuses is tried again, as an operator would. */
    private static void succeed(Lifecycle cutover, String verb) throws Exception {
        Set<String> refusals = new LinkedHashSet<>();
        for (int i = 0; i < ATTEMPTS; i++) {
            Operation operation = cutover.attempt(verb, VerbRequest.PLAIN);
            if (operation.state() == Operation.State.SUCCEEDED) {
                return;
            }
            refusals.add(
                    operation.state() + " " + operation.message() + " " + operation.findings() + operation.blockers());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        throw new AssertionError(verb + ": " + String.join("\n", refusals));
    }

    /** Waits until each session has gone some transactions further. */
    private void pace(List<CompletableFuture<List<Played>>> sessions) throws Exception {
        int[] goals = new int[SESSIONS];
        synchronized (played) {
            for (int i = 0; i < SESSIONS; i++) {
                goals[i] = played[i] + PACE;
            }
        }
        for (int i = 0; i < SESSIONS; i++) {
            int session = i;
            Eventually.until(PACE + " more transactions of session " + session, Duration.ofMinutes(1), () -> {
                boolean reached = played(session) >= goals[session];
                if (!reached && sessions.get(session).isDone()) {
                    sessions.get(session).get();
                }
                return reached;
            });
        }
    }

    private int played(int session) {
        synchronized (played) {
            return played[session];
        }
    }

    private List<Played> session(long seed, RandomSchema schema, Lifecycle cutover, int number) {
        RandomSession session = new RandomSession(schema, number, seed);
        List<Played> replies = new ArrayList<>();
        String url = "jdbc:postgresql://127.0.0.1:" + cutover.port() + "/acme?" + options(schema, number);
        try (Connection connection = DriverManager.getConnection(
                url,
                asRole(schema, number) ? Oddities.ROLE : cutover.app().server().user(),
                asRole(schema, number)
                        ? Oddities.PASSWORD
                        : cutover.app().server().password())) {
            Player player = new Player(connection, number > 0);
            while (!stopped) {
                versions.readLock().lock();
                try {
                    replies.addAll(
                            comparable(schema, player.play(session.transaction(), schema.renames ? side : Side.BLUE)));
                } finally {
                    versions.readLock().unlock();
                }
                synchronized (played) {
                    played[number]++;
                }
            }
            repeated.addAndGet(player.repeated());
            return replies;
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    private static List<Played> direct(
            long seed, RandomSchema schema, TestDatabase direct, int number, int transactions) throws Exception {
        RandomSession session = new RandomSession(schema, number, seed);
        List<Played> replies = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(
                direct.url() + "?currentSchema=v1&" + options(schema, number),
                asRole(schema, number) ? Oddities.ROLE : direct.server().user(),
                asRole(schema, number) ? Oddities.PASSWORD : direct.server().password())) {
            Player player = new Player(connection, number > 0);
            for (int i = 0; i < transactions; i++) {
                replies.addAll(comparable(schema, player.play(session.transaction(), Side.BLUE)));
            }
        }
        return replies;
    }

    private static boolean asRole(RandomSchema schema, int number) {
        return schema.odd && number == Oddities.OF_THE_ROLE;
    }

    /** Where the versions' texts differ, so does when pgjdbc goes over to binary; some values look different then. */
    private static String options(RandomSchema schema, int number) {
        String mode = number == 0 ? "preferQueryMode=simple" : "prepareThreshold=" + (number == 1 ? 1 : 0);
        return mode + "&binaryTransfer=" + !(schema.renames || schema.odd);
    }

    /** Names in messages differ where the versions' names do. Which of two violated foreign keys is named hangs on their age. */
    private static List<Played> comparable(RandomSchema schema, List<Played> replies) {
        return replies.stream()
                .map(each -> schema.renames && each.reply().startsWith("error")
                                || each.reply().startsWith("error 23503")
                        ? new Played(each.sql(), each.reply().substring(0, 11))
                        : each)
                .toList();
    }

    private static void assertSame(List<Played> expected, List<Played> actual, String name) {
        for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
            int at = i;
            assertEquals(
                    expected.get(i),
                    actual.get(i),
                    () -> name + ", statement " + at + " after " + expected.subList(Math.max(0, at - 6), at));
        }
        assertEquals(expected.size(), actual.size(), name);
    }

    private static List<String> rows(TestDatabase database, RandomTable table, Side side, List<String> read)
            throws Exception {
        String columns = read.stream()
                .map(column -> "coalesce((" + column + ")::text, 'NULL')")
                .collect(Collectors.joining(" || '|' || "));
        return database.query("SELECT " + columns + " AS row FROM " + table.own(side) + " ORDER BY row");
    }

    private static List<String> counters(TestDatabase database, String schema, String aggregate) throws Exception {
        return database.query("SELECT " + (aggregate.isEmpty() ? "concat(slot, ' ', n)" : aggregate + "(n)") + " FROM "
                + schema + ".counters ORDER BY 1");
    }

    private static List<String> tally(TestDatabase database) throws Exception {
        return database.query("SELECT owner || ' ' || what || ' ' || n FROM v1.tally ORDER BY 1");
    }
}
