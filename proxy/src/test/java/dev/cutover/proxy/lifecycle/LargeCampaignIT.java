// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.ProxyStatus;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hundreds of tenants of five tables each move at two proxies under load: a canary, five percent, the rest. Three of them have faults of
 * different kinds, and the proxy that runs the campaign is killed at random instants.
 */
@ExtendWith(PostgresExtension.class)
@Timeout(value = 100, unit = java.util.concurrent.TimeUnit.MINUTES)
@Tag("slow")
@EnabledIfSystemProperty(
        named = "cutover.slow",
        matches = "true",
        disabledReason = "it takes a quarter of an hour; CampaignIT is the short form")
class LargeCampaignIT {
    private static final Duration PATIENCE = Duration.ofMinutes(60);
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final int TENANTS = 300;
    private static final int KILLS = 5;
    private static final Duration THINK = Duration.ofMillis(5 * TENANTS);
    private static final String REFUSES_ROWS = Shops.name(3);
    private static final String SLOWER_QUERY = Shops.name(5);
    private static final String WRONG_ROWS = Shops.name(6);
    private static final List<String> FAULTY = List.of(REFUSES_ROWS, SLOWER_QUERY, WRONG_ROWS);
    private static final String CANARY = Shops.name(7);
    private static final String MANIFEST = """
            campaign: orders-v2
            tenants: {match: "shop_*"}
            waves:
              - {name: canary, tenants: [%s], bake: 2s}
              - {name: first, percent: 5, parallel: 4, bake: 2s}
              - {name: rest, parallel: 10, bake: 30s}
            gates:
              sql: [{side: idle, text: "SELECT count(*) FROM orders WHERE total < 0", expect: "0"}]
              p99: {max-ratio: 10, over: 5m}
              reads-agree: true
            on-failure: {budget: 2}
            complete: {after: 0s}
            """.formatted(CANARY);

    /** Tables beside that of the facts, with a reference among them. */
    private static final String MORE_TABLES = """
            CREATE TABLE %1$s.customers (id int PRIMARY KEY, name text NOT NULL);
            CREATE TABLE %1$s.orders (
                id int PRIMARY KEY, customer int NOT NULL REFERENCES %1$s.customers, total numeric(10, 2) NOT NULL);
            CREATE TABLE %1$s.payments (id int PRIMARY KEY, purpose text, amount numeric(10, 2));
            CREATE TABLE %1$s.stock (article text PRIMARY KEY, pieces int NOT NULL);
            """;

    private static final String ROWS = """
            INSERT INTO %1$s.customers SELECT i, 'customer ' || i FROM generate_series(1, 50) AS i;
            INSERT INTO %1$s.orders SELECT i, 1 + i %% 50, i FROM generate_series(1, 200) AS i;
            INSERT INTO %1$s.payments SELECT i, 'order ' || i, i FROM generate_series(1, 100) AS i;
            INSERT INTO %1$s.stock SELECT 'article ' || i, i FROM generate_series(1, 20) AS i;
            """;
    private static final String VIEWS = """
            CREATE VIEW %1$s.richest AS SELECT id, total FROM %1$s.orders WHERE total > 190 %2$s;
            CREATE VIEW %1$s.report AS SELECT count(*)%3$s AS articles FROM %1$s.stock;
            """;
    /** A statement of each kind; the report comes once in forty. */
    private static final List<String> STATEMENTS = statements();

    @TempDir
    private Path directory;

    private final Shops shops = new Shops(TENANTS);
    private final List<ProxyProcess> proxies = new CopyOnWriteArrayList<>();
    private final List<FactLoad> loads = new ArrayList<>();
    private TestDatabase app;
    private TestDatabase control;
    private Path config;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase control) throws Exception {
        this.app = app;
        this.control = control;
        shops.create(app, Map.of(REFUSES_ROWS, " CHECK (id <> 3)"));
        for (String name : shops.names()) {
            String old = name + "_v1";
            String next = name + "_v2";
            app.execute(MORE_TABLES.formatted(old) + MORE_TABLES.formatted(next) + ROWS.formatted(old));
            app.execute(VIEWS.formatted(old, "", ""));
            app.execute(VIEWS.formatted(
                    next,
                    name.equals(WRONG_ROWS) ? "AND id <> 200" : "",
                    name.equals(SLOWER_QUERY) ? " + length(pg_sleep(3)::text)" : ""));
        }
        String yaml = shops.yaml(app, control, "5s") + "    compare-reads: 0.2\n";
        config = Files.writeString(directory.resolve("cutover.yaml"), yaml);
        proxies.add(ProxyProcess.start(config));
        proxies.add(ProxyProcess.start(config));
        for (int i = 0; i < TENANTS; i++) {
            String name = Shops.name(i);
            Duration think = FAULTY.contains(name) ? Duration.ofMillis(10) : THINK;
            int place = i;
            FactLoad load = new FactLoad(
                    app, name, () -> proxies.get(place % proxies.size()).port(), think, STATEMENTS, 1);
            loads.add(load);
            load.start();
        }
    }

    private static List<String> statements() {
        List<String> statements = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            statements.add("UPDATE stock SET pieces = pieces + 1 WHERE article = 'article 7'");
            statements.add("SELECT id, total FROM richest ORDER BY id");
            statements.add(
                    "INSERT INTO payments (id, purpose, amount)" + " SELECT max(id) + 1, 'order', 1 FROM payments");
            statements.add(i == 0 ? "SELECT articles FROM report" : "SELECT name FROM customers WHERE id = 7");
        }
        return statements;
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
    void exactlyTheFaultyTenantsAreBackAndTheOthersComplete() throws Exception {
        long seed = Long.getLong("cutover.seed", new Random().nextInt(1_000));
        System.out.println("seed " + seed);
        Deque<Integer> kills = new LinkedList<>(new Random(seed)
                .ints(KILLS, 1, TENANTS - FAULTY.size())
                .sorted()
                .boxed()
                .toList());
        Instant begin = Instant.now();
        proxies.get(0).campaign("POST", "", MANIFEST);

        List<String> pauses = new ArrayList<>();
        List<CampaignStatus> last = new ArrayList<>();
        Eventually.until("the campaign", PATIENCE, LOOK, () -> {
            CampaignStatus status = status();
            last.add(0, status);
            while (last.size() > 1) {
                last.remove(1);
            }
            if (!kills.isEmpty() && past(status) >= kills.getFirst()) {
                kills.removeFirst();
                killLeader();
            } else if (status.state() == CampaignStatus.State.PAUSED) {
                pauses.add(String.valueOf(status.reason()));
                proxies.get(0).campaign("POST", "/orders-v2/resume", "");
            }
            return status.state().last();
        });
        CampaignStatus ended = last.get(0);
        Duration took = Duration.between(begin, Instant.now());
        System.out.println(TENANTS + " tenants in " + took.toSeconds() + " s, seed " + seed);

        assertEquals(List.of(), List.copyOf(kills), "proxies that were not killed");
        assertEquals(1, pauses.size(), pauses::toString);
        assertEquals(CampaignStatus.State.ENDED, ended.state());
        for (CampaignTenant tenant : tenants(ended)) {
            boolean fails = FAULTY.contains(tenant.tenant());
            assertEquals(fails ? State.FAILED : State.COMPLETED, tenant.state(), tenant::toString);
            assertEquals(fails ? "BLUE" : "GREEN", servingSide(tenant.tenant()), tenant::toString);
        }
        assertReason(ended, REFUSES_ROWS, "idle-side-accepts-rows");
        assertReason(ended, SLOWER_QUERY, "gate p99: ");
        assertReason(ended, WRONG_ROWS, "richest");
        FactLoad.awaitProgressOfAll(loads, Duration.ofMinutes(2));
        for (FactLoad load : loads) {
            load.stop();
            String schema = load.tenant() + (FAULTY.contains(load.tenant()) ? "_v1" : "_v2");
            load.assertAllIn(app.query("SELECT id FROM " + schema + ".facts"));
        }
    }

    /** How many have got past their flip, or have failed. */
    private static long past(CampaignStatus status) {
        return tenants(status).stream()
                .filter(tenant -> tenant.flippedAt() != null || tenant.endedAt() != null)
                .count();
    }

    private CampaignStatus status() throws Exception {
        return proxies.get(0).campaign("GET", "/orders-v2", "", CampaignStatus.class);
    }

    private static List<CampaignTenant> tenants(CampaignStatus status) {
        return status.waves().stream().flatMap(wave -> wave.tenants().stream()).toList();
    }

    private String servingSide(String tenant) throws Exception {
        return control.query("SELECT serving FROM cutover.tenant WHERE name = '" + tenant + "'")
                .get(0);
    }

    private static void assertReason(CampaignStatus status, String tenant, String part) {
        CampaignTenant found = tenants(status).stream()
                .filter(each -> each.tenant().equals(tenant))
                .findFirst()
                .orElseThrow();
        assertTrue(String.valueOf(found.reason()).contains(part), found::toString);
    }

    /** Another proxy takes its place first. */
    private void killLeader() throws Exception {
        List<String> leader = new ArrayList<>();
        Eventually.until("a proxy that runs the campaign", Duration.ofMinutes(1), () -> {
            leader.addAll(
                    control.query("SELECT p.number FROM cutover.campaign c JOIN cutover.proxy p ON p.id = c.leader"));
            return !leader.isEmpty();
        });
        for (ProxyProcess proxy : proxies) {
            if (number(proxy) == Integer.parseInt(leader.get(0))) {
                proxies.add(ProxyProcess.start(config));
                proxies.remove(proxy);
                proxy.kill();
                return;
            }
        }
        // The row still names one that was killed before; another takes the campaign soon.
        killLeader();
    }

    private static int number(ProxyProcess proxy) throws Exception {
        return proxy.fleet().stream()
                .filter(ProxyStatus::self)
                .mapToInt(ProxyStatus::number)
                .findFirst()
                .orElse(-1);
    }
}
