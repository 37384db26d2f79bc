// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tenants whose serving schemas are migrated in waves, at two proxies under load. */
@ExtendWith(PostgresExtension.class)
class InPlaceCampaignIT {
    private static final Duration PATIENCE = Duration.ofMinutes(20);
    private static final int TENANTS = Extent.of(6, 300);
    /** By name, it comes in the middle. */
    private static final String BREAKS = Shops.name(3);

    private static final String GATE_BREAKS = Shops.name(2);

    @TempDir
    private Path directory;

    private final Shops shops = new Shops(TENANTS);
    private final List<ProxyProcess> proxies = new ArrayList<>();
    private final List<FactLoad> loads = new ArrayList<>();
    private TestDatabase app;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase control) throws Exception {
        this.app = app;
        shops.create(app, Map.of());
        app.execute("CREATE TABLE public.sick (schema text)");
        Path migrations = Files.createDirectory(directory.resolve("migrations"));
        Files.writeString(migrations.resolve("V1__facts.sql"), "CREATE TABLE facts (id int PRIMARY KEY)");
        Files.writeString(
                migrations.resolve("V2__note.sql"),
                "ALTER TABLE facts ADD COLUMN note text; CREATE TABLE extra (id int PRIMARY KEY)");
        Files.writeString(migrations.resolve("U2__note.sql"), "DROP TABLE extra; ALTER TABLE facts DROP COLUMN note");
        app.execute("CREATE TABLE " + BREAKS + "_v1.extra (id int)");
        String yaml = shops.yaml(app, control, "5s") + "    migrations: {tool: flyway, locations: [migrations]}\n";
        Path config = Files.writeString(directory.resolve("cutover.yaml"), yaml);
        proxies.add(ProxyProcess.start(config));
        proxies.add(ProxyProcess.start(config));
        for (String name : shops.names()) {
            Operation baseline = proxies.get(0).run(name, "baseline", new VerbRequest.Baseline("1"));
            assertEquals(Operation.State.SUCCEEDED, baseline.state(), baseline::toString);
        }
        for (int i = 0; i < TENANTS; i++) {
            FactLoad load = new FactLoad(
                    app, Shops.name(i), proxies.get(i % 2)::port, Duration.ofMillis(5 * TENANTS), List.of(), 0);
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

    @Test
    void theCampaignStopsAtTheScriptThatBreaksAndADoneTenantCanBeTakenBack() throws Exception {
        CampaignStatus paused = campaign("stops", """
                campaign: stops
                tenants: {match: "shop_*"}
                strategy: in-place
                waves: [{name: all}]
                """);

        assertEquals(CampaignStatus.State.PAUSED, paused.state());
        for (CampaignTenant tenant : tenants(paused)) {
            int order = tenant.tenant().compareTo(BREAKS);
            assertEquals(
                    order == 0 ? State.FAILED : order < 0 ? State.BAKING : State.WAITING,
                    tenant.state(),
                    tenant::toString);
            assertEquals(order < 0 ? "2" : "1", version(tenant.tenant()), tenant::toString);
        }
        assertTrue(tenants(paused).stream()
                .anyMatch(tenant -> String.valueOf(tenant.reason()).contains("V2__note.sql failed")));

        Operation undone = proxies.get(1).run(Shops.name(0), "undo", new VerbRequest.Undo(null, false));
        assertEquals(Operation.State.SUCCEEDED, undone.state(), undone::toString);
        assertEquals("1", version(Shops.name(0)));
        FactLoad.awaitProgressOfAll(loads, Duration.ofMinutes(2));
        for (FactLoad load : loads) {
            load.stop();
            load.assertAllIn(app.query("SELECT id FROM " + load.tenant() + "_v1.facts"));
        }
    }

    @Test
    void aTenantWhoseGateBreaksIsTakenBackAlone() throws Exception {
        app.execute("INSERT INTO public.sick VALUES ('" + GATE_BREAKS + "_v1')");

        CampaignStatus paused = campaign("gate", """
                campaign: gate
                tenants: {match: "shop_*", except: [%s]}
                strategy: in-place
                waves: [{name: all, parallel: 2}]
                gates: {sql: [{side: serving, text: "SELECT count(*) FROM public.sick WHERE schema = current_schema()", expect: "0"}]}
                on-failure: {budget: 2}
                """.formatted(BREAKS));

        assertEquals(CampaignStatus.State.ENDED, paused.state());
        for (CampaignTenant tenant : tenants(paused)) {
            boolean breaks = tenant.tenant().equals(GATE_BREAKS);
            assertEquals(breaks ? State.FAILED : State.DONE, tenant.state(), tenant::toString);
            assertEquals(breaks ? "1" : "2", version(tenant.tenant()), tenant::toString);
        }
    }

    private CampaignStatus campaign(String name, String manifest) throws Exception {
        proxies.get(0).campaign("POST", "", manifest);
        List<CampaignStatus> last = new ArrayList<>();
        Eventually.until("campaign " + name, PATIENCE, () -> {
            CampaignStatus status = proxies.get(1).campaign("GET", "/" + name, "", CampaignStatus.class);
            last.add(status);
            return status.state() != CampaignStatus.State.RUNNING;
        });
        return last.get(last.size() - 1);
    }

    private static List<CampaignTenant> tenants(CampaignStatus status) {
        return status.waves().stream().flatMap(wave -> wave.tenants().stream()).toList();
    }

    private String version(String tenant) throws Exception {
        return app.query("SELECT version FROM " + tenant
                        + "_v1.flyway_schema_history ORDER BY installed_rank DESC LIMIT 1")
                .get(0);
    }
}
