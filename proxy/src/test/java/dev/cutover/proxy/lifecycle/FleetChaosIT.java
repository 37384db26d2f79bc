// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.testing.HeldLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole cutovers over three proxies under load, while a seed chooses what goes wrong: a proxy is killed, or stopped for longer than a
 * lease; the network between a proxy and a server is cut; a server restarts; the disk of the control database is full.
 */
@ExtendWith(PostgresExtension.class)
@Timeout(value = 15, unit = java.util.concurrent.TimeUnit.MINUTES)
@Tag("slow")
final class FleetChaosIT {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int PROXIES = 3;
    /** After them everything runs, and the cutovers come to their end. */
    private static final int MOST_STRIKES = 12;
    /** What clients may get: a lost server or proxy, one that is starting, and the fence at a proxy that has slept. */
    private static final Set<String> EXPECTED = Set.of("57P0", "25006");

    private static final String TABLES = """
            CREATE SCHEMA v1; CREATE SCHEMA v2;
            CREATE TABLE v1.accounts (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
            CREATE TABLE v2.accounts (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
            CREATE TABLE v1.entries (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES v1.accounts);
            CREATE TABLE v2.entries (id bigserial PRIMARY KEY, account int NOT NULL REFERENCES v2.accounts);
            INSERT INTO v1.accounts SELECT i FROM generate_series(1, 5000) AS i;
            """;

    @TempDir
    private Path directory;

    private final List<Place> places = new ArrayList<>();
    private final List<CountingLoad> loads = new ArrayList<>();
    private final List<TestServer> servers = new ArrayList<>();
    private Chaos chaos;
    private TestDatabase app;
    private TestDatabase control;
    private SplittableRandom random;

    /** Properties choose others: {@code cutover.chaos.first-seed} and {@code cutover.chaos.seeds}. */
    static IntStream seeds() {
        int first = Integer.getInteger("cutover.chaos.first-seed", 1);
        return IntStream.range(first, first + Integer.getInteger("cutover.chaos.seeds", Extent.of(1, 200)));
    }

    /** Where a proxy runs; one that is killed is followed by another. */
    private static final class Place {
        private final Path config;
        private final HeldLine toApp;
        private final HeldLine toControl;
        private volatile ProxyProcess proxy;

        Place(Path config, TestDatabase app, TestDatabase control) throws Exception {
            this.config = config;
            toApp = new HeldLine(app.server().port());
            toControl = new HeldLine(control.server().port());
            String yaml = ProxyProcess.yaml(app, app, control)
                    .replace("port: " + app.server().port(), "port: " + toApp.port())
                    .replace(":" + control.server().port() + "/", ":" + toControl.port() + "/");
            Files.writeString(config, yaml);
            this.proxy = ProxyProcess.start(config);
        }

        void close() throws Exception {
            proxy.kill();
            toApp.close();
            toControl.close();
        }

        void startAgain() throws Exception {
            proxy = ProxyProcess.start(config);
        }
    }

    /** What goes wrong, one thing at a time. */
    private final class Chaos extends Thread {
        private final SplittableRandom dice;
        private final List<String> done = new ArrayList<>();
        private volatile boolean ends;
        private volatile Exception failure;

        Chaos(int seed) {
            super("chaos");
            dice = new SplittableRandom(seed);
        }

        @Override
        public void run() {
            try {
                while (!ends && done.size() < MOST_STRIKES) {
                    Thread.sleep(dice.nextInt(300, 3_000));
                    strike();
                }
            } catch (Exception e) {
                failure = e;
            }
        }

        private void strike() throws Exception {
            Place place = places.get(dice.nextInt(PROXIES));
            switch (dice.nextInt(9)) {
                case 0, 1 -> {
                    done.add("kill a proxy");
                    place.proxy.kill();
                    Thread.sleep(dice.nextInt(0, 2_000));
                    place.startAgain();
                }
                case 2, 3 -> {
                    done.add("stop a proxy");
                    place.proxy.signal("STOP");
                    Thread.sleep(dice.nextInt(5_500, 8_000));
                    place.proxy.signal("CONT");
                }
                case 4 -> {
                    done.add("restart the control database");
                    restart(control.server());
                }
                case 5 -> {
                    done.add("cut a proxy from the control database");
                    cut(place.toControl);
                }
                case 6 -> {
                    done.add("cut a proxy from the tenant's server");
                    cut(place.toApp);
                }
                case 7 -> {
                    done.add("fill the disk of the control database");
                    // Not even the log can be written: the server ends, until somebody makes room.
                    control.server().limitFiles(8_192);
                    restart(control.server());
                }
                default -> {
                    done.add("restart the tenant's server");
                    restart(app.server());
                }
            }
        }

        private void cut(HeldLine line) throws InterruptedException {
            line.cut();
            Thread.sleep(dice.nextInt(500, 9_000));
            line.mend();
        }

        private void restart(TestServer server) throws Exception {
            server.kill();
            Thread.sleep(dice.nextInt(0, 6_000));
            server.startAgain();
        }

        void end() throws Exception {
            ends = true;
            join();
            if (failure != null) {
                throw failure;
            }
        }
    }

    @AfterEach
    void tearDown() throws Exception {
        if (chaos != null) {
            chaos.ends = true;
            chaos.join();
        }
        for (CountingLoad load : loads) {
            load.stop();
        }
        for (Place place : places) {
            place.close();
        }
        for (TestServer server : servers) {
            server.close();
        }
    }

    private TestDatabase database() throws Exception {
        TestServer server = TestServer.installed();
        servers.add(server);
        return server.createDatabase();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothingIsLostAndEveryOperationEnds(int seed) throws Exception {
        random = new SplittableRandom(seed * 31L);
        app = database();
        control = database();
        app.execute(TABLES);
        for (int i = 0; i < PROXIES; i++) {
            places.add(new Place(directory.resolve("cutover-" + i + ".yaml"), app, control));
        }
        for (int i = 0; i < PROXIES; i++) {
            Place place = places.get(i);
            CountingLoad load = new CountingLoad(app, () -> place.proxy.port(), i * 1_000, EXPECTED);
            loads.add(load);
            load.start();
        }
        chaos = new Chaos(seed);
        chaos.start();

        reach("prepare", status -> status.phase() != Phase.STEADY);
        reach("mirror", status -> status.phase().mirroring());
        reach("backfill", status -> status.backfill().done());
        for (int i = 0; i < 2; i++) {
            reach("flip", status -> status.phase() == Phase.REVERSIBLE);
            reach("rollback", status -> status.phase() == Phase.READY || status.phase() == Phase.MIRRORING);
        }
        reach("flip", status -> status.phase() == Phase.REVERSIBLE);
        chaos.end();
        System.out.println("chaos: seed " + seed + ": " + chaos.done);

        for (CountingLoad load : loads) {
            load.awaitProgress();
            load.stop();
        }
        reach(
                "verify",
                status -> status.verify().mismatches() == 0 && status.marks().pending() == 0);
        for (CountingLoad load : loads) {
            load.assertNothingLostIn(app, "v1");
            load.assertNothingLostIn(app, "v2");
        }
        Eventually.until("every operation has ended", PATIENCE, () -> control.query(
                        "SELECT id FROM cutover.operation WHERE NOT ended")
                .isEmpty());
        reach("complete", status -> status.phase() == Phase.STEADY);
    }

    @FunctionalInterface
    private interface Reached {
        boolean by(TenantStatus status);
    }

    /**
     * Asks for a verb at any proxy, again and again: it may be refused, or its proxy may die. After the crash of a server, a flip or a
     * rollback needs a verification first.
     */
    private void reach(String verb, Reached reached) throws Exception {
        List<String> answers = new ArrayList<>();
        try {
            Eventually.until(verb, PATIENCE, () -> {
                ProxyProcess proxy = places.get(random.nextInt(PROXIES)).proxy;
                try {
                    if (proxy.status().running() == null && reached.by(proxy.status())) {
                        return true;
                    }
                    Operation operation = proxy.run(verb);
                    answers.add(told(operation));
                    if (operation.state() == Operation.State.REFUSED
                            && proxy.status().phase().mirroring()) {
                        answers.add(told(proxy.run("verify")));
                    }
                    return proxy.status().running() == null && reached.by(proxy.status());
                } catch (IOException e) {
                    answers.add(String.valueOf(e.getMessage()));
                    return false;
                }
            });
        } catch (AssertionError e) {
            int from = Math.max(0, answers.size() - 5);
            throw new AssertionError(verb + ": " + answers.subList(from, answers.size()), e);
        }
    }

    private static String told(Operation operation) {
        return operation.verb() + " " + operation.state() + ": " + operation.message();
    }
}
