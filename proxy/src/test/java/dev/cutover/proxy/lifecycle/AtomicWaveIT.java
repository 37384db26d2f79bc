// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.TenantSummary;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tenants that flip at one instant, at two proxies under load: nobody ever sees some of them on one side and some on the other. */
@ExtendWith(PostgresExtension.class)
@Timeout(value = 30, unit = java.util.concurrent.TimeUnit.MINUTES)
@Tag("slow")
class AtomicWaveIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int ROUNDS = Extent.of(6, 50);

    @TempDir
    private Path directory;

    private final Shops shops = new Shops(20);
    private final List<ProxyProcess> proxies = new ArrayList<>();
    private final List<FactLoad> loads = new ArrayList<>();
    private TestDatabase app;
    private TestDatabase control;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase control) throws Exception {
        this.app = app;
        this.control = control;
        shops.create(app, Map.of());
        Path config = Files.writeString(directory.resolve("cutover.yaml"), shops.yaml(app, control, "2s"));
        proxies.add(ProxyProcess.start(config));
        proxies.add(ProxyProcess.start(config));
        for (int i = 0; i < shops.names().size(); i++) {
            ProxyProcess proxy = proxies.get(i % 2);
            FactLoad load = new FactLoad(app, Shops.name(i), proxy::port);
            loads.add(load);
            load.start();
        }
    }

    @AfterEach
    void tearDown() throws Exception {
        for (FactLoad load : loads) {
            load.stop();
        }
        for (ProxyProcess proxy : proxies) {
            proxy.kill();
        }
    }

    /** Every other time one of the tenants has a transaction that does not end. */
    @Test
    void nobodySeesAMixture() throws Exception {
        all(VerbName.PREPARE, VerbRequest.PLAIN);
        all(VerbName.MIRROR, VerbRequest.PLAIN);
        all(VerbName.BACKFILL, VerbRequest.PLAIN);
        all(VerbName.VERIFY, VerbRequest.PLAIN);

        int flips = 0;
        try (Observers observers = new Observers()) {
            for (int round = 0; round < ROUNDS; round++) {
                VerbName verb = flips % 2 == 0 ? VerbName.FLIP : VerbName.ROLLBACK;
                if (round % 2 == 0) {
                    flips++;
                    assertAll(Operation.State.SUCCEEDED, flipTogether(verb, "round-" + round));
                } else {
                    refusedRound(verb, "round-" + round, Shops.name(round % 20));
                }
                observers.awaitPasses();
            }
        }

        for (FactLoad load : loads) {
            load.awaitProgress();
            load.stop();
        }
        all(VerbName.VERIFY, VerbRequest.PLAIN);
        for (FactLoad load : loads) {
            load.assertAllIn(app.query("SELECT id FROM " + load.tenant() + "_v1.facts"));
            load.assertAllIn(app.query("SELECT id FROM " + load.tenant() + "_v2.facts"));
        }
        assertEquals(
                List.of(flips + " 20 20"),
                control.query(
                        "SELECT count(*) || ' ' || min(n) || ' ' || max(n) FROM (SELECT count(DISTINCT tenant) AS n"
                                + " FROM cutover.audit WHERE message LIKE '%at once with 19 other tenant(s)' GROUP BY at) AS instants"));
    }

    private void refusedRound(VerbName verb, String joint, String blocked) throws Exception {
        List<TenantSummary> before = shopsAt(proxies.get(0));
        Map<String, Operation> ended;
        try (Connection busy = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + proxies.get(1).port() + "/" + blocked,
                        app.server().user(),
                        "");
                Statement statement = busy.createStatement()) {
            busy.setAutoCommit(false);
            statement.execute("SELECT count(*) FROM facts");
            ended = flipTogether(verb, joint);
        }

        ended.forEach((tenant, operation) -> assertEquals(
                tenant.equals(blocked) ? Operation.State.TIMED_OUT : Operation.State.REFUSED,
                operation.state(),
                operation::toString));
        assertEquals(sides(before), sides(shopsAt(proxies.get(0))));
        assertEquals(
                List.of(blocked), control.query("SELECT culprit FROM cutover.joint_flip WHERE id = '" + joint + "'"));
    }

    private static List<String> sides(List<TenantSummary> tenants) {
        return tenants.stream()
                .map(tenant -> tenant.tenant() + " " + tenant.serving() + " " + tenant.epoch() + " " + tenant.phase())
                .toList();
    }

    /** By a campaign: one tenant's gate does not hold, so the others stay where they are; the next campaign moves all. */
    @Test
    void anAtomicWaveOfACampaignFlipsAllOrNone() throws Exception {
        String manifest = """
                campaign: %s
                tenants: {match: "shop_*"}
                waves: [{name: all, parallel: 4, atomic: true}]
                gates: {sql: [{side: idle, text: "SELECT count(*) FROM public.sick", expect: "%s"}]}
                """;
        app.execute("CREATE TABLE public.sick (tenant text)");

        CampaignStatus refused = campaign("first", manifest.formatted("first", "1"));
        List<Side> serving = shopsAt(proxies.get(0)).stream()
                .map(TenantSummary::serving)
                .distinct()
                .toList();
        CampaignStatus moved = campaign("second", manifest.formatted("second", "0"));

        Map<State, Long> states =
                tenants(refused).stream().collect(Collectors.groupingBy(CampaignTenant::state, Collectors.counting()));
        assertEquals(Map.of(State.FAILED, 1L, State.CANCELLED, 19L), states);
        assertEquals(List.of(Side.BLUE), serving);
        assertEquals(
                Set.of(State.DONE),
                tenants(moved).stream().map(CampaignTenant::state).collect(Collectors.toSet()));
        assertTrue(shopsAt(proxies.get(1)).stream().allMatch(tenant -> tenant.serving() == Side.GREEN));
        assertEquals(
                List.of("1"),
                control.query("SELECT count(DISTINCT at) FROM cutover.audit WHERE result = 'REVERSIBLE'"));
    }

    private CampaignStatus campaign(String name, String manifest) throws Exception {
        proxies.get(0).campaign("POST", "", manifest);
        List<CampaignStatus> last = new ArrayList<>();
        Eventually.until("campaign " + name, PATIENCE, () -> {
            CampaignStatus status = proxies.get(1).campaign("GET", "/" + name, "", CampaignStatus.class);
            last.add(status);
            return tenants(status).stream().allMatch(tenant -> tenant.endedAt() != null);
        });
        return last.get(last.size() - 1);
    }

    private static List<CampaignTenant> tenants(CampaignStatus status) {
        return status.waves().stream().flatMap(wave -> wave.tenants().stream()).toList();
    }

    private void all(VerbName verb, VerbRequest request) throws Exception {
        assertAll(Operation.State.SUCCEEDED, together(verb, request));
    }

    private static void assertAll(Operation.State state, Map<String, Operation> ended) {
        ended.values().forEach(operation -> assertEquals(state, operation.state(), operation::toString));
    }

    private Map<String, Operation> flipTogether(VerbName verb, String joint) throws Exception {
        control.execute("INSERT INTO cutover.joint_flip (id) VALUES ('" + joint + "')");
        for (String name : shops.names()) {
            control.execute(
                    "INSERT INTO cutover.joint_flip_member (joint, tenant) VALUES ('" + joint + "', '" + name + "')");
        }
        return together(verb, new VerbRequest.Switch(false, false, Set.of(), joint));
    }

    /** Runs a verb on all tenants side by side, asked of both proxies. */
    private Map<String, Operation> together(VerbName verb, VerbRequest request) {
        AtomicInteger next = new AtomicInteger();
        Map<String, CompletableFuture<Operation>> running = shops.names().stream()
                .collect(Collectors.toMap(name -> name, name -> {
                    ProxyProcess proxy = proxies.get(next.getAndIncrement() % 2);
                    return CompletableFuture.supplyAsync(
                            () -> run(proxy, name, verb, request), task -> new Thread(task).start());
                }));
        return running.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue()
                .join()));
    }

    private static Operation run(ProxyProcess proxy, String tenant, VerbName verb, VerbRequest request) {
        try {
            return proxy.run(tenant, verb.label(), request);
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    private static List<TenantSummary> shopsAt(ProxyProcess proxy) throws Exception {
        return proxy.tenants().stream()
                .filter(tenant -> tenant.tenant().startsWith("shop_"))
                .toList();
    }

    /** Ask for all tenants in one request, and read all tenants one after the other as their clients. */
    private final class Observers implements AutoCloseable {
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final List<AtomicInteger> passes = new ArrayList<>();
        private final List<CompletableFuture<Void>> running = new ArrayList<>();

        Observers() {
            for (ProxyProcess proxy : proxies) {
                watch(() -> list(proxy));
                watch(() -> read(proxy));
            }
        }

        private interface Pass {
            void run() throws Exception;
        }

        private interface Watch {
            Pass begin() throws Exception;
        }

        private void watch(Watch watch) {
            AtomicInteger count = new AtomicInteger();
            passes.add(count);
            running.add(CompletableFuture.runAsync(
                    () -> {
                        try {
                            Pass pass = watch.begin();
                            while (!stopped.get()) {
                                pass.run();
                                count.incrementAndGet();
                            }
                        } catch (Exception e) {
                            throw new CompletionException(e);
                        }
                    },
                    task -> new Thread(task).start()));
        }

        private Pass list(ProxyProcess proxy) {
            return () -> {
                Set<Side> sides = EnumSet.noneOf(Side.class);
                Set<Phase> phases = EnumSet.noneOf(Phase.class);
                for (TenantSummary tenant : shopsAt(proxy)) {
                    sides.add(tenant.serving());
                    phases.add(tenant.phase());
                }
                assertEquals(1, sides.size(), () -> sides + " " + phases);
            };
        }

        /** Once a tenant has answered from the side that it has changed to, all others do. */
        private Pass read(ProxyProcess proxy) throws Exception {
            List<Statement> clients = new ArrayList<>();
            for (String name : shops.names()) {
                clients.add(DriverManager.getConnection(
                                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + name,
                                app.server().user(),
                                "")
                        .createStatement());
            }
            return () -> {
                StringBuilder seen = new StringBuilder();
                for (Statement client : clients) {
                    try (ResultSet row = client.executeQuery("SELECT right(current_schema(), 1)")) {
                        row.next();
                        seen.append(row.getString(1));
                    }
                }
                assertTrue(seen.toString().matches("1*2*|2*1*"), seen::toString);
            };
        }

        /** Returns when each has made another pass. */
        void awaitPasses() throws Exception {
            List<Integer> before = passes.stream().map(AtomicInteger::get).toList();
            Eventually.until("the observers", PATIENCE, () -> {
                running.stream().filter(CompletableFuture::isDone).forEach(CompletableFuture::join);
                for (int i = 0; i < passes.size(); i++) {
                    if (passes.get(i).get() < before.get(i) + 2) {
                        return false;
                    }
                }
                return true;
            });
        }

        @Override
        public void close() {
            stopped.set(true);
            running.forEach(CompletableFuture::join);
        }
    }
}
