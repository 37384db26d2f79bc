// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cutover.config.Mapping;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mapping.PlanBuilder;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.verify.Verification;
import dev.cutover.dualwrite.verify.Verification.Difference;
import dev.cutover.dualwrite.verify.Verifier;
import dev.cutover.dualwrite.verify.Verifier.Scope;
import dev.cutover.dualwrite.worker.Throttle;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows are copied and compared whatever their keys and values are, within one database and between two. */
@ExtendWith(PostgresExtension.class)
class BackfillIT {
    private static final String TOKEN = MirrorToken.of("secret", 1);

    private static final String TYPES = """
            CREATE SCHEMA types; CREATE TYPE types.mood AS ENUM ('zz', 'aa', 'mm');
            CREATE DOMAIN types.code AS int CHECK (VALUE >= 0);
            CREATE COLLATION types.human (provider = icu, locale = 'en-u-kn-true');
            """;

    private static final String KEYS = """
            CREATE SCHEMA @;
            CREATE TABLE @.composite (a text, b int, c timestamptz, v int, PRIMARY KEY (b, a, c));
            CREATE TABLE @.uuids (id uuid PRIMARY KEY, v text);
            CREATE TABLE @.texts (id text COLLATE types.human PRIMARY KEY, v int);
            CREATE TABLE @.numerics (id numeric PRIMARY KEY, v int);
            CREATE TABLE @.floats (id float8 PRIMARY KEY, v float8);
            CREATE TABLE @.moods (id types.mood, n int, v int, PRIMARY KEY (id, n));
            CREATE TABLE @.codes (id types.code PRIMARY KEY, v int);
            CREATE TABLE @.empty (id int PRIMARY KEY);
            CREATE TABLE @.identity (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v int,
                twice int GENERATED ALWAYS AS (v * 2) STORED);
            CREATE TABLE @.parts (id int, at date, v int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
            CREATE TABLE @.parts_1 PARTITION OF @.parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
            CREATE TABLE @.parts_2 (v int, at date NOT NULL, id int NOT NULL);
            ALTER TABLE @.parts ATTACH PARTITION @.parts_2 FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
            CREATE TABLE @.parts_d PARTITION OF @.parts DEFAULT;
            CREATE TABLE @.toasted (id int PRIMARY KEY, t text, b bytea, j jsonb, a text[]);
            ALTER TABLE @.toasted ALTER t SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL;
            """;

    private static final String ROWS = """
            INSERT INTO v1.composite SELECT 'k' || i % 7, i % 11, '2024-01-01Z'::timestamptz + i * interval '1 s', i
                FROM generate_series(1, 3000) i;
            INSERT INTO v1.uuids SELECT gen_random_uuid(), 'v' || i FROM generate_series(1, 3000) i;
            INSERT INTO v1.texts SELECT (ARRAY['a', 'A', 'ä', 'z', '-', '_'])[i % 6 + 1] || i, i FROM generate_series(1, 3000) i;
            INSERT INTO v1.numerics SELECT i / 7.0, i FROM generate_series(1, 3000) i UNION ALL SELECT 'NaN', 0;
            INSERT INTO v1.floats VALUES ('NaN', 1), ('Infinity', '-Infinity'), ('-Infinity', 'NaN'), ('-0', '-0'),
                (5e-324, 1.7976931348623157e308);
            INSERT INTO v1.moods SELECT (ARRAY['zz', 'aa', 'mm'])[i % 3 + 1]::types.mood, i, i FROM generate_series(1, 3000) i;
            INSERT INTO v1.codes SELECT i, i FROM generate_series(0, 3000) i;
            INSERT INTO v1.identity (v) SELECT i FROM generate_series(1, 3000) i;
            INSERT INTO v1.parts SELECT i, '2024-01-15'::date + i % 90, i FROM generate_series(1, 3000) i;
            INSERT INTO v1.toasted SELECT i, repeat(md5(i::text), 2000), decode(repeat(md5(i::text), 2000), 'hex'),
                jsonb_build_object('i', i, 'long', repeat('x', 9000)), ARRAY['a', NULL, '{"}', i::text]
                FROM generate_series(1, 60) i;
            """;

    private static final int WRITERS = 3;
    private static final long WRITES = 300;
    private static final int TABLES = 11;
    private static final long ALL_ROWS = 3000 * 8 + 1 + 5 + 1 + 60;

    /** A tenant with its sides in one database or in two. */
    private record Sides(TestDatabase blue, TestDatabase green, Placement placement, MirrorPlan plan) {
        static Sides of(TestDatabase blue, TestDatabase green) throws Exception {
            DataSource serving = blue.dataSource();
            Placement placement = Placement.of(serving, blue == green ? serving : green.dataSource());
            placement.databases().forEach(TransitionSchema.USUAL::migrate);
            try (Connection from = blue.connect();
                    Connection to = green.connect()) {
                PlanBuilder builder = new PlanBuilder(
                        new Mapping(Map.of(), Set.of()), CatalogReader.read(from, "v1"), CatalogReader.read(to, "v2"));
                MirrorPlan plan = new MirrorPlan(
                        "acme",
                        Side.BLUE,
                        "v1",
                        "v2",
                        TOKEN,
                        blue == green ? MirrorMode.INLINE : MirrorMode.DEFERRED,
                        builder.tables(Side.BLUE),
                        UserNames.NONE);
                assertEquals(List.of(), builder.problems());
                new Net(plan).install(placement);
                return new Sides(blue, green, placement, plan);
            }
        }

        boolean backfill(BooleanSupplier cancelled, Throttle throttle) throws Exception {
            return new Backfill(placement, plan, 2, throttle).run(cancelled);
        }

        Verification verify() throws Exception {
            return new Verifier(placement, plan, 2, Throttle.NONE, Duration.ZERO)
                    .run(Scope.ALL, () -> false, rows -> {});
        }

        void resync() throws Exception {
            new Resync(placement, plan).drain(System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
        }

        Backfill.Progress progress() throws Exception {
            try (Connection connection = blue.connect()) {
                return Backfill.progress(connection, TransitionSchema.USUAL, "acme");
            }
        }
    }

    private static Sides everyKey(TestDatabase blue, TestDatabase green) throws Exception {
        blue.execute(TYPES + KEYS.replace("@", "v1") + ROWS);
        if (green != blue) {
            green.execute(TYPES);
        }
        green.execute(KEYS.replace("@", "v2"));
        return Sides.of(blue, green);
    }

    private static Sides numbers(TestDatabase blue, TestDatabase green, int rows) throws Exception {
        blue.execute("CREATE SCHEMA v1; CREATE TABLE v1.t (id int PRIMARY KEY, v text, u int UNIQUE);"
                + "INSERT INTO v1.t SELECT i, 'value ' || i, i FROM generate_series(1, " + rows + ") i");
        green.execute("CREATE SCHEMA v2; CREATE TABLE v2.t (id int PRIMARY KEY, v text, u int UNIQUE)");
        return Sides.of(blue, green);
    }

    @Test
    void rowsOfEveryKindOfKeyAreCopiedWithin(TestDatabase one) throws Exception {
        copiesEveryKey(one, one);
    }

    @Test
    void rowsOfEveryKindOfKeyAreCopiedAcross(TestDatabase blue, TestDatabase green) throws Exception {
        copiesEveryKey(blue, green);
    }

    private static void copiesEveryKey(TestDatabase blue, TestDatabase green) throws Exception {
        Sides sides = everyKey(blue, green);

        assertTrue(sides.backfill(() -> false, Throttle.NONE));

        assertEquals(new Backfill.Progress(ALL_ROWS, ALL_ROWS, true), sides.progress());
        for (String table : sides.plan().tables().keySet()) {
            String rows = "SELECT t::text FROM %s." + table + " AS t ORDER BY t::text COLLATE \"C\"";
            assertEquals(blue.query(String.format(rows, "v1")), green.query(String.format(rows, "v2")), table);
        }
        assertEquals(TABLES, sides.plan().tables().size());
        Verification verification = sides.verify();
        assertEquals(0, verification.mismatches(), () -> verification.samples().toString());
        assertEquals(ALL_ROWS, verification.rows());
    }

    @Test
    void aChangeInEachKindOfTableIsFoundWithin(TestDatabase one) throws Exception {
        findsEveryChange(one, one);
    }

    @Test
    void aChangeInEachKindOfTableIsFoundAcross(TestDatabase blue, TestDatabase green) throws Exception {
        findsEveryChange(blue, green);
    }

    private static void findsEveryChange(TestDatabase blue, TestDatabase green) throws Exception {
        Sides sides = everyKey(blue, green);
        sides.backfill(() -> false, Throttle.NONE);
        Transition.removeNet(sides.plan(), sides.placement());
        green.execute("UPDATE v2.composite SET v = v # 1 WHERE v = 77; UPDATE v2.uuids SET v = 'V9' WHERE v = 'v9';"
                + "DELETE FROM v2.texts WHERE v = 5; INSERT INTO v2.numerics VALUES ('-1', 1);"
                + "UPDATE v2.floats SET v = 0 WHERE id = 0; UPDATE v2.moods SET v = 0 WHERE n = 3000;"
                + "UPDATE v2.codes SET v = 1 WHERE id = 0; INSERT INTO v2.empty VALUES (1);"
                + "DELETE FROM v2.identity WHERE id = 3000; UPDATE v2.parts SET v = 0 WHERE id = 80;"
                + "UPDATE v2.toasted SET b = set_bit(b, 4711, 1 - get_bit(b, 4711)) WHERE id = 33");

        Verification verification = sides.verify();

        assertEquals(
                List.of(
                        "codes DIFFERENT",
                        "composite DIFFERENT",
                        "empty SURPLUS",
                        "floats DIFFERENT",
                        "identity MISSING",
                        "moods DIFFERENT",
                        "numerics SURPLUS",
                        "parts DIFFERENT",
                        "texts MISSING",
                        "toasted DIFFERENT",
                        "uuids DIFFERENT"),
                verification.samples().stream()
                        .map(difference -> difference.table() + " " + difference.kind())
                        .sorted()
                        .toList());
    }

    @Test
    void aSingleBitAmongManyRowsIsFound(TestDatabase one) throws Exception {
        Sides sides = numbers(one, one, 100_000);
        sides.backfill(() -> false, Throttle.NONE);
        Transition.removeNet(sides.plan(), sides.placement());
        one.execute("UPDATE v2.t SET v = 'walue 54321' WHERE id = 54321");

        Verification verification = sides.verify();

        assertEquals(List.of(new Difference("t", "[54321]", Verification.Kind.DIFFERENT)), verification.samples());
        assertEquals(100_000, verification.rows());
    }

    @Test
    void anInterruptedBackfillGoesOn(TestDatabase one) throws Exception {
        Sides sides = numbers(one, one, 50_000);
        AtomicLong rows = new AtomicLong();
        AtomicBoolean enough = new AtomicBoolean();
        Throttle counting = new Throttle() {
            @Override
            public boolean await(BooleanSupplier stopped) {
                return !enough.get() && !stopped.getAsBoolean();
            }

            @Override
            public void passed(long copied) {
                enough.set(rows.addAndGet(copied) > 5_000);
            }
        };

        assertFalse(sides.backfill(enough::get, counting));
        Backfill.Progress half = sides.progress();
        assertEquals(rows.get(), half.rows());
        AtomicLong rest = new AtomicLong();
        assertTrue(sides.backfill(() -> false, counted(rest)));

        assertEquals(50_000, rows.get() + rest.get());
        assertEquals(0, sides.verify().mismatches());
    }

    @Test
    void aRestBehindAChunkDoesNotMakeTheNextOneSmaller(TestDatabase one) throws Exception {
        Sides sides = numbers(one, one, 100_000);
        AtomicInteger chunks = new AtomicInteger();
        // About 450 if the rest counts. On a busy machine the chunks shrink too, but not all of them.
        int most = 250;

        boolean done = sides.backfill(() -> chunks.get() > most, new Throttle() {
            @Override
            public boolean await(BooleanSupplier stopped) {
                return !stopped.getAsBoolean();
            }

            @Override
            public void passed(long rows) {
                chunks.incrementAndGet();
                LockSupport.parkNanos(2 * LONG_CHUNK_NANOS);
            }
        });

        assertTrue(done, "more than " + most + " chunks");
    }

    private static Throttle counted(AtomicLong rows) {
        return new Throttle() {
            @Override
            public boolean await(BooleanSupplier stopped) {
                return true;
            }

            @Override
            public void passed(long copied) {
                rows.addAndGet(copied);
            }
        };
    }

    /** COPY into the idle side fails before its first row, while the serving side's COPY is already sending. */
    @ParameterizedTest
    @ValueSource(ints = {1, 200_000})
    void connectionsOutliveACopyThatCannotBegin(int rows, TestDatabase blue, TestDatabase green) throws Exception {
        Sides unpooled = numbers(blue, green, rows);
        try (HikariDataSource serving = pool(blue);
                HikariDataSource idle = pool(green);
                Connection holder = green.connect()) {
            Sides sides = new Sides(blue, green, Placement.of(serving, idle), unpooled.plan());
            holder.setAutoCommit(false);
            execute(holder, "LOCK TABLE v2.t IN ACCESS EXCLUSIVE MODE");
            CompletableFuture<Boolean> backfill = CompletableFuture.supplyAsync(() -> {
                try {
                    return sides.backfill(() -> false, Throttle.NONE);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            for (int waits = 0; waits < 2; waits++) {
                await(green, backfill, true);
                await(green, backfill, false);
            }
            holder.commit();

            assertTrue(backfill.get());
            assertEquals(List.of("" + rows), green.query("SELECT count(*) FROM v2.t"));
            for (HikariDataSource pool : List.of(serving, idle)) {
                try (Connection one = pool.getConnection();
                        Connection two = pool.getConnection()) {
                    execute(one, "SELECT 1");
                    execute(two, "SELECT 1");
                }
            }
        }
    }

    private static HikariDataSource pool(TestDatabase database) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.dataSource());
        config.setMaximumPoolSize(2);
        return new HikariDataSource(config);
    }

    private static void execute(Connection connection, String sql) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void await(TestDatabase database, CompletableFuture<Boolean> backfill, boolean waiting)
            throws Exception {
        String waits = "SELECT 1 FROM pg_locks WHERE relation = 'v2.t'::regclass AND NOT granted";
        String what = waiting ? "the backfill waits for the lock" : "the backfill no longer waits for the lock";
        Eventually.until(what, Duration.ofMinutes(1), () -> {
            boolean reached = database.query(waits).isEmpty() != waiting;
            assertTrue(reached || !backfill.isDone(), () -> "the backfill gave up: " + backfill);
            return reached;
        });
    }

    @Test
    void rowsThatTheIdleSideRefusesAreInTheLedgerWithin(TestDatabase one) throws Exception {
        leavesRefusedRows(one, one);
    }

    @Test
    void rowsThatTheIdleSideRefusesAreInTheLedgerAcross(TestDatabase blue, TestDatabase green) throws Exception {
        leavesRefusedRows(blue, green);
    }

    private static void leavesRefusedRows(TestDatabase blue, TestDatabase green) throws Exception {
        Sides sides = numbers(blue, green, 20_000);
        green.execute("ALTER TABLE v2.t ADD CHECK (id <> 4711)");

        assertTrue(sides.backfill(() -> false, Throttle.NONE));
        sides.resync();

        assertEquals(List.of("[4711]"), blue.query("SELECT key FROM cutover.dirty_key WHERE error LIKE '23514%'"));
        assertEquals(List.of("19999"), green.query("SELECT count(*) FROM v2.t"));
    }

    @Test
    void rowsThatAreMovedOnDiskMeanwhileAreCopied(TestDatabase one) throws Exception {
        Sides sides = numbers(one, one, 50_000);
        one.execute("DELETE FROM v1.t WHERE id <= 20000");
        AtomicInteger chunks = new AtomicInteger();
        AtomicBoolean moved = new AtomicBoolean();
        CountDownLatch rewritten = new CountDownLatch(1);

        sides.backfill(() -> false, new Throttle() {
            @Override
            public boolean await(BooleanSupplier stopped) throws InterruptedException {
                if (chunks.incrementAndGet() > 4 && moved.compareAndSet(false, true)) {
                    try {
                        one.execute("VACUUM FULL v1.t");
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                    rewritten.countDown();
                } else if (moved.get()) {
                    rewritten.await();
                }
                return true;
            }

            @Override
            public void passed(long rows) {}
        });
        sides.resync();

        assertTrue(moved.get(), "the backfill has ended too soon");
        assertEquals(0, sides.verify().mismatches());
        assertEquals(List.of("30000"), one.query("SELECT count(*) FROM v2.t"));
    }

    @Test
    void changesBesideTheBackfillLeaveNothingStaleWithin(TestDatabase one) throws Exception {
        survivesChanges(one, one);
    }

    @Test
    void changesBesideTheBackfillLeaveNothingStaleAcross(TestDatabase blue, TestDatabase green) throws Exception {
        survivesChanges(blue, green);
    }

    /**
     * Clients that bypass the mirror delete, change, put back and hand unique values on, while rows are copied: some writes
     * between any two chunks.
     */
    private static void survivesChanges(TestDatabase blue, TestDatabase green) throws Exception {
        Sides sides = numbers(blue, green, 30_000);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicLong writes = new AtomicLong();
        AtomicLong chunks = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 1);
        Resync resync = new Resync(sides.placement(), sides.plan());
        Future<?> carrying = threads.submit(() -> {
            while (!ended.get()) {
                resync.step();
            }
            return null;
        });
        List<Future<?>> writing = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
            int first = writer * 10_000;
            writing.add(threads.submit(() -> {
                write(blue, first, writes);
                return null;
            }));
        }
        threads.shutdown();

        boolean done = sides.backfill(() -> false, new Throttle() {
            @Override
            public boolean await(BooleanSupplier stopped) {
                long wanted = Math.min(WRITERS * WRITES, chunks.incrementAndGet() * 20);
                try {
                    Eventually.until(wanted + " writes between the chunks", Duration.ofMinutes(1), () -> {
                        return writes.get() >= wanted || stopped.getAsBoolean();
                    });
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
                return true;
            }

            @Override
            public void passed(long rows) {}
        });
        for (Future<?> writer : writing) {
            writer.get();
        }
        ended.set(true);
        carrying.get();
        while (!blue.query("SELECT count(*) FROM cutover.dirty_key").equals(List.of("0"))) {
            sides.resync();
        }

        assertTrue(done);
        Verification verification = sides.verify();
        assertEquals(0, verification.mismatches(), () -> verification.samples().toString());
    }

    private static void write(TestDatabase database, int first, AtomicLong writes) throws Exception {
        Random random = new Random(first);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < WRITES; i++) {
                int id = first + 1 + random.nextInt(9_990);
                switch (i % 4) {
                    case 0 -> statement.execute("DELETE FROM v1.t WHERE id BETWEEN " + id + " AND " + (id + 5));
                    case 1 ->
                        statement.execute("UPDATE v1.t SET v = v || '+' WHERE id BETWEEN " + id + " AND " + (id + 5));
                    case 2 ->
                        statement.execute(
                                "INSERT INTO v1.t VALUES (" + id + ", 'back', NULL)" + " ON CONFLICT DO NOTHING");
                    default ->
                        statement.execute("DO $$ DECLARE freed int; BEGIN DELETE FROM v1.t WHERE id = " + id
                                + " RETURNING u INTO freed; UPDATE v1.t SET u = freed WHERE id = " + (id + 1)
                                + " AND freed IS NOT NULL; END $$");
                }
                writes.incrementAndGet();
            }
        }
    }
}
