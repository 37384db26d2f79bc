// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.proxy.lifecycle.ChaosServers.Capture;
import dev.cutover.proxy.testing.LoadBalancer;
import java.io.IOException;
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
 * Whole cutovers over three proxies behind HAProxy, under load, while a seed chooses what goes wrong: a proxy is killed, or stopped
 * for longer than a lease; the network between a proxy and its clients or a server is cut; a server restarts; the disk of the control
 * database is full. The seeds take turns in how writes are captured, also between two servers.
 */
@ExtendWith(PostgresExtension.class)
@Timeout(value = 15, unit = java.util.concurrent.TimeUnit.MINUTES)
@Tag("slow")
final class FleetChaosIT {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int PROXIES = 3;
    /** A seed is about what goes wrong, not about load; so several of them run side by side on a small machine. */
    private static final Duration THINK = Duration.ofMillis(40);

    /** What clients may get: a lost server or proxy, one that is starting, and the fence at a proxy that has slept. */
    private static final Set<String> EXPECTED = Set.of("57P0", "25006");

    @TempDir
    private Path directory;

    private final List<ChaosPlace> places = new ArrayList<>();
    private final List<CountingLoad> loads = new ArrayList<>();
    private ChaosServers servers;
    private LoadBalancer balancer;
    private ChaosStrikes chaos;
    private SplittableRandom random;

    /** Properties choose others: {@code cutover.chaos.first-seed} and {@code cutover.chaos.seeds}. */
    static IntStream seeds() {
        int first = Integer.getInteger("cutover.chaos.first-seed", 1);
        return IntStream.range(first, first + Integer.getInteger("cutover.chaos.seeds", Extent.of(1, 200)));
    }

    @AfterEach
    void tearDown() throws Exception {
        try {
            if (chaos != null) {
                chaos.end();
            }
        } finally {
            for (CountingLoad load : loads) {
                load.stop();
            }
            if (balancer != null) {
                balancer.close();
            }
            for (ChaosPlace place : places) {
                place.close();
            }
            if (servers != null) {
                servers.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothingIsLostAndEveryOperationEnds(int seed) throws Exception {
        random = new SplittableRandom(seed * 31L);
        Capture capture = Capture.values()[seed % Capture.values().length];
        servers = new ChaosServers(capture);
        for (int i = 0; i < PROXIES; i++) {
            places.add(new ChaosPlace(directory.resolve("cutover-" + i + ".yaml"), servers));
        }
        balancer = LoadBalancer.start(
                directory.resolve("haproxy.cfg"),
                places.stream()
                        .map(place -> new LoadBalancer.Server(place.port(), place.checkPort()))
                        .toList());
        for (int i = 0; i < PROXIES; i++) {
            CountingLoad load = new CountingLoad(servers.blue(), balancer::port, i * 1_000, THINK, EXPECTED);
            loads.add(load);
            load.start();
        }
        chaos = new ChaosStrikes(seed, places, servers);
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
        System.out.println("chaos: seed " + seed + ", " + capture + ": " + chaos.done());

        for (CountingLoad load : loads) {
            load.awaitProgress();
            load.stop();
        }
        reach(
                "verify",
                status -> status.verify().mismatches() == 0 && status.marks().pending() == 0);
        for (CountingLoad load : loads) {
            load.assertNothingLostIn(servers.blue(), "v1");
            load.assertNothingLostIn(servers.green(), "v2");
        }
        Eventually.until("every operation has ended", PATIENCE, () -> servers.control()
                .query("SELECT id FROM cutover.operation WHERE NOT ended")
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
                ProxyProcess proxy = places.get(random.nextInt(PROXIES)).proxy();
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
