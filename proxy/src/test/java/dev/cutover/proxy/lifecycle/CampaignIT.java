// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.CampaignPlan;
import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.ProxyStatus;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tenants that move in waves, at two proxies under load. */
@ExtendWith(PostgresExtension.class)
class CampaignIT {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String REFUSES_ROWS = "shop_3";
    private static final String BREAKS_A_GATE_BEFORE = "shop_5";
    private static final String BREAKS_A_GATE_AFTER = "shop_6";
    private static final String MANIFEST = """
            campaign: orders-v2
            tenants: {match: "shop_*"}
            waves:
              - {name: canary, tenants: [shop_7], bake: 2s}
              - {name: first, percent: 25, parallel: 2, bake: 1s}
              - {name: rest, parallel: 3}
            gates:
              sql:
                - {side: idle, text: "SELECT count(*) FROM facts WHERE id < 0", expect: "0"}
                - {side: serving, text: "SELECT count(*) FROM public.sick WHERE side = current_schema()", expect: "0"}
            on-failure: {budget: 2}
            complete: {after: 0s}
            """;

    @TempDir
    private Path directory;

    private final Shops shops = new Shops(8);
    private final List<ProxyProcess> proxies = new CopyOnWriteArrayList<>();
    private final Map<String, FactLoad> loads = new TreeMap<>();
    private TestDatabase app;
    private TestDatabase control;
    private Path config;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase control) throws Exception {
        this.app = app;
        this.control = control;
        shops.create(app, Map.of(REFUSES_ROWS, " CHECK (id <> 3)"));
        app.execute("CREATE TABLE public.sick (side text)");
        app.execute("INSERT INTO " + BREAKS_A_GATE_BEFORE + "_v1.facts VALUES (-1)");
        app.execute("INSERT INTO public.sick VALUES ('" + BREAKS_A_GATE_AFTER + "_v2')");
        config = Files.writeString(directory.resolve("cutover.yaml"), shops.yaml(app, control, "5s"));
        proxies.add(ProxyProcess.start(config));
    }

    @AfterEach
    void tearDown() throws Exception {
        for (FactLoad load : loads.values()) {
            load.stop();
        }
        for (ProxyProcess proxy : proxies) {
            proxy.kill();
        }
    }

    /** The proxy that runs the campaign is killed in each wave. */
    @Tag("slow")
    @Test
    void failedTenantsGoBackAndTheOthersAreCompletedWhoeverDies() throws Exception {
        proxies.add(ProxyProcess.start(config));
        load();
        proxies.get(0).campaign("POST", "", MANIFEST);

        killLeaderOnce(CampaignIT::canaryFlipped);
        killLeaderOnce(status -> moving(status, 1) || moving(status, 2));
        CampaignStatus paused = await(status -> status.state() == CampaignStatus.State.PAUSED);
        List<String> before = failed(paused);
        killLeaderOnce(status -> true);
        proxies.get(0).campaign("POST", "/orders-v2/resume", "");
        CampaignStatus ended = await(status -> status.state().last());

        assertTrue(before.size() >= 2, before::toString);
        assertEquals(CampaignStatus.State.ENDED, ended.state());
        assertEquals(List.of(REFUSES_ROWS, BREAKS_A_GATE_BEFORE, BREAKS_A_GATE_AFTER), failed(ended));
        for (CampaignTenant tenant : tenants(ended)) {
            boolean fails = failed(ended).contains(tenant.tenant());
            assertEquals(fails ? State.FAILED : State.COMPLETED, tenant.state(), tenant::toString);
            String serving = servingSide(tenant.tenant());
            assertEquals(fails ? "BLUE" : "GREEN", serving, tenant::toString);
        }
        assertReason(ended, REFUSES_ROWS, "idle-side-accepts-rows: ");
        assertReason(ended, BREAKS_A_GATE_BEFORE, "on green answers 1, expected is 0");
        assertReason(ended, BREAKS_A_GATE_AFTER, "on green answers 1, expected is 0");
        for (FactLoad load : loads.values()) {
            load.awaitProgress();
            load.stop();
            String schema = load.tenant() + (servingSide(load.tenant()).equals("BLUE") ? "_v1" : "_v2");
            load.assertAllIn(app.query("SELECT id FROM " + schema + ".facts"));
        }
    }

    /** What the client asks for fails on the new side alone. */
    @Test
    void aTenantWhoseClientsGetErrorsAfterTheFlipGoesBack() throws Exception {
        ProxyProcess proxy = proxies.get(0);
        AtomicBoolean stopped = new AtomicBoolean();
        CompletableFuture<Void> client = CompletableFuture.runAsync(() -> askUntil(stopped, proxy.port()));

        proxy.campaign("POST", "", """
                campaign: orders-v2
                tenants: {match: shop_0}
                waves: [{name: only, bake: 1h}]
                gates: {errors: {max-rate: 1%, over: 10s}, p99: {max-ratio: 1000}}
                """);
        CampaignStatus paused = await(status -> status.state() == CampaignStatus.State.PAUSED);
        CampaignStatus gone = await(status -> tenants(status).get(0).endedAt() != null);
        stopped.set(true);
        client.join();

        assertTrue(String.valueOf(paused.reason()).contains("shop_0"), paused::toString);
        assertEquals(State.FAILED, tenants(gone).get(0).state());
        // The time in which it flipped counts as after the flip.
        assertReason(gone, "shop_0", "at most 1.000 % are allowed; before the flip 0.000 %");
        assertEquals("BLUE", servingSide("shop_0"));
    }

    @Test
    void aTenantWhoseProgramFailsGoesBack() throws Exception {
        Path programs = Files.createDirectory(directory.resolve("programs"));
        Path program = Files.writeString(programs.resolve("smoke-test"), """
                #!/bin/sh
                test "$1" != shop_1 || { echo "no checkout at $CUTOVER_TENANT, $CUTOVER_SERVING"; exit 3; }
                """);
        assertTrue(program.toFile().setExecutable(true));
        Files.writeString(config, Files.readString(config) + "campaigns: {commands: programs}\n");
        proxies.add(ProxyProcess.start(config));
        proxies.remove(0).kill();
        String manifest = """
                campaign: orders-v2
                waves: [{name: all, tenants: [shop_0, shop_1], parallel: 2}]
                tenants: {match: shop_0}
                gates: {command: [./smoke-test, "{tenant}"]}
                """;

        IOException refused = assertThrows(IOException.class, () -> proxies.get(0)
                .campaign("POST", "/plan", manifest.replace("smoke-test", "smoke")));
        proxies.get(0).campaign("POST", "", manifest);
        CampaignStatus gone = await(status -> tenants(status).stream().allMatch(tenant -> tenant.endedAt() != null));

        assertContains("gates.command: there is no program ./smoke in campaigns.commands", refused);
        assertEquals(List.of("shop_1"), failed(gone));
        assertReason(gone, "shop_1", "gate command ./smoke-test exits with 3: no checkout at shop_1, green");
        assertEquals(List.of("GREEN", "BLUE"), List.of(servingSide("shop_0"), servingSide("shop_1")));
    }

    private void askUntil(AtomicBoolean stopped, int port) {
        String url = "jdbc:postgresql://127.0.0.1:" + port + "/shop_0";
        try (Connection connection =
                        DriverManager.getConnection(url, app.server().user(), "");
                Statement statement = connection.createStatement()) {
            while (!stopped.get()) {
                try {
                    statement.execute("SELECT 1 / (current_schema() = 'shop_0_v1')::int");
                } catch (SQLException e) {
                    assertEquals("22012", e.getSQLState());
                }
                LockSupport.parkNanos(5_000_000);
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private void load() {
        for (String name : shops.names()) {
            FactLoad load = new FactLoad(
                    app, name, () -> proxies.get(proxies.size() - 1).port());
            loads.put(name, load);
            load.start();
        }
    }

    private String servingSide(String tenant) throws Exception {
        return control.query("SELECT serving FROM cutover.tenant WHERE name = '" + tenant + "'")
                .get(0)
                .toUpperCase(Locale.ROOT);
    }

    private static void assertReason(CampaignStatus status, String tenant, String part) {
        CampaignTenant found = tenants(status).stream()
                .filter(each -> each.tenant().equals(tenant))
                .findFirst()
                .orElseThrow();
        assertTrue(String.valueOf(found.reason()).contains(part), found::toString);
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds(CampaignStatus status);
    }

    private static boolean canaryFlipped(CampaignStatus status) {
        return status.waves().get(0).tenants().get(0).flippedAt() != null;
    }

    private static boolean moving(CampaignStatus status, int wave) {
        return status.waves().get(wave).tenants().stream().anyMatch(tenant -> tenant.state() == State.MOVING);
    }

    private static List<CampaignTenant> tenants(CampaignStatus status) {
        return status.waves().stream().flatMap(wave -> wave.tenants().stream()).toList();
    }

    private static List<String> failed(CampaignStatus status) {
        return tenants(status).stream()
                .filter(tenant -> tenant.state() == State.FAILED
                        || tenant.state() == State.FAILED_THERE
                        || tenant.state() == State.GOING_BACK)
                .map(CampaignTenant::tenant)
                .sorted()
                .toList();
    }

    private CampaignStatus await(Condition condition) throws Exception {
        List<CampaignStatus> seen = new ArrayList<>();
        Eventually.until("the campaign", PATIENCE, () -> {
            CampaignStatus status = status();
            seen.add(status);
            return condition.holds(status);
        });
        return seen.get(seen.size() - 1);
    }

    private CampaignStatus status() throws IOException, InterruptedException {
        return proxies.get(0).campaign("GET", "/orders-v2", "", CampaignStatus.class);
    }

    private void killLeaderOnce(Condition when) throws Exception {
        await(when);
        String leader = control.query("SELECT p.number FROM cutover.campaign c JOIN cutover.proxy p ON p.id = c.leader")
                .get(0);
        for (ProxyProcess proxy : proxies) {
            int number = proxy.fleet().stream()
                    .filter(ProxyStatus::self)
                    .mapToInt(ProxyStatus::number)
                    .findFirst()
                    .orElse(-1);
            if (number == Integer.parseInt(leader)) {
                proxies.add(ProxyProcess.start(config));
                proxies.remove(proxy);
                proxy.kill();
                return;
            }
        }
        throw new AssertionError("no proxy runs the campaign: " + leader);
    }

    @Test
    void aPlanChangesNothingAndNamesWhatIsInTheWay() throws Exception {
        ProxyProcess proxy = proxies.get(0);
        List<String> before = control.query("SELECT name || phase FROM cutover.tenant ORDER BY 1");

        CampaignPlan plan = proxy.campaign("POST", "/plan", MANIFEST, CampaignPlan.class);
        IOException refused = assertThrows(
                IOException.class, () -> proxy.campaign("POST", "/plan", MANIFEST.replace("shop_7", "shop_70")));

        IOException writes = assertThrows(
                IOException.class, () -> proxy.campaign("POST", "/plan", MANIFEST.replace("SELECT", "COMMIT; DELETE")));

        assertTrue(
                String.valueOf(writes.getMessage()).contains("gates.sql[0].text: must be a query"), writes::toString);
        assertEquals(
                List.of(1, 2, 5),
                plan.waves().stream().map(wave -> wave.tenants().size()).toList());
        assertTrue(plan.waves().stream()
                .flatMap(wave -> wave.tenants().stream())
                .allMatch(tenant -> tenant.bytes() > 0 && tenant.blockers().isEmpty()));
        assertEquals(5 + 2 + 5 + 1 + 2 * 5, plan.seconds(), "with the bakes, and two lanes of the rest");
        assertTrue(
                String.valueOf(refused.getMessage()).contains("waves[0].tenants[0]: there is no tenant shop_70"),
                refused::toString);
        assertEquals(before, control.query("SELECT name || phase FROM cutover.tenant ORDER BY 1"));
        assertEquals(List.of("0"), control.query("SELECT count(*) FROM cutover.campaign"));
    }

    @Test
    void repeatedCommandsDoNothingAndImpossibleOnesAreRefused() throws Exception {
        ProxyProcess proxy = proxies.get(0);
        String endless = MANIFEST.replace("bake: 2s", "bake: 1h");

        proxy.campaign("POST", "", endless);
        CampaignStatus again = proxy.campaign("POST", "", endless, CampaignStatus.class);
        IOException otherManifest = assertThrows(IOException.class, () -> proxy.campaign("POST", "", MANIFEST));
        IOException sameTenants = assertThrows(
                IOException.class,
                () -> proxy.campaign("POST", "", endless.replace("campaign: orders-v2", "campaign: other")));
        IOException notPaused = assertThrows(IOException.class, () -> proxy.campaign("POST", "/nobody/resume", ""));
        proxy.campaign("POST", "/orders-v2/pause", "");
        proxy.campaign("POST", "/orders-v2/pause", "");
        proxy.campaign("POST", "/orders-v2/cancel", "");
        CampaignStatus cancelled = await(status -> status.state().last());
        proxy.campaign("POST", "/orders-v2/cancel", "");
        IOException ended = assertThrows(IOException.class, () -> proxy.campaign("POST", "/orders-v2/resume", ""));

        assertEquals("orders-v2", again.campaign());
        assertEquals(CampaignStatus.State.CANCELLED, cancelled.state());
        assertTrue(tenants(cancelled).stream().allMatch(tenant -> tenant.endedAt() != null));
        assertContains("409", otherManifest);
        assertContains("with another manifest", otherManifest);
        assertContains("moves in campaign orders-v2", sameTenants);
        assertContains("there is no campaign nobody", notPaused);
        assertContains("is CANCELLED", ended);
    }

    private static void assertContains(String part, Exception refused) {
        assertTrue(String.valueOf(refused.getMessage()).contains(part), refused::toString);
    }
}
