// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.reload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.CutoverConfig;
import dev.cutover.config.adminapi.ReloadReport.Change;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.yaml.ConfigLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadPlanTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Za-z.-]+)` \\|.*\\| (yes|restart) \\|$");
    private static final String BEFORE = """
            listen: {port: 6432}
            control: {url: "jdbc:postgresql:cutover", user: cutover, password: old-control}
            auth: {users: {app: {password: old-password}, gone: {password: x}}}
            clusters: {main: {host: localhost}}
            features: {search: {needs: "2.1"}, chat: {needs: "1"}}
            tenants:
              acme: {blue: {cluster: main, database: app}}
              left: {blue: {cluster: main, database: left}}
            """;

    @TempDir
    private Path directory;

    @Test
    void eachChangeIsOneLine() throws Exception {
        ReloadPlan plan = plan("""
                listen: {port: 7432}
                control: {url: "jdbc:postgresql:cutover", user: cutover, password: new-control}
                auth: {users: {app: {password: new-password}, here: {password: x}}}
                limits: {query-timeout: 90s}
                features: {search: {needs: "2.10", tenants: {match: "a*", tags: {plan: free}}}, checkout: {needs: 3}}
                clusters: {main: {host: localhost, pool: {size: 40, max-lifetime: 2h}}, more: {host: localhost}}
                tenants:
                  acme: {blue: {cluster: main, database: app2}, drain-timeout: 500ms, compare-reads: 0.01, users: [app]}
                  fresh: {blue: {cluster: more, database: fresh}}
                """);

        assertEquals(
                List.of(
                        "clusters.more: added",
                        "tenants.fresh: added",
                        "tenants.left: removed",
                        "features.checkout: added",
                        "features.chat: removed",
                        "listen.port: 6432 -> 7432 (needs a restart)",
                        "control.password: changed (needs a restart)",
                        "auth.users.app: changed",
                        "auth.users.here: added",
                        "limits.query-timeout: 0s -> 90s",
                        "features.search.needs: 2.1 -> 2.10",
                        "features.search.tenants: all -> match a*, tags {plan=free}",
                        "clusters.main.pool.size: 20 -> 40",
                        "clusters.main.pool.max-lifetime: 1h -> 2h",
                        "tenants.acme.blue: main/app/ -> main/app2/ (needs a restart)",
                        "tenants.acme.drain-timeout: 2s -> 500ms",
                        "tenants.acme.compare-reads: 0.0 -> 0.01",
                        "tenants.acme.users: all -> [app]",
                        "auth.users.gone: removed"),
                plan.report().changes().stream().map(Change::line).toList());
    }

    @Test
    void whatNeedsARestartStaysAsItWas() throws Exception {
        ReloadPlan plan = plan(BEFORE.replace("port: 6432", "port: 7432")
                .replace(
                        "acme: {blue: {cluster: main, database: app}}",
                        "acme: {blue: {cluster: main, database: app2}, pool-size: 3}"));

        assertEquals(6432, plan.effective().listen().port());
        assertEquals("app", plan.effective().tenants().get("acme").blue().database());
        assertEquals(3, plan.effective().tenants().get("acme").sessions().poolSize());
    }

    @Test
    void whatIsPendingIsToldByTheNextReloadToo() throws Exception {
        String wanted = BEFORE.replace("port: 6432", "port: 7432");
        CutoverConfig effective = plan(wanted).effective();

        ReloadPlan second = ReloadPlan.of(effective, load(wanted), Map.of());

        assertEquals(1, second.report().changes().size());
    }

    @Test
    void nothingChangedIsNoChange() throws Exception {
        assertTrue(plan(BEFORE).report().changes().isEmpty());
    }

    @Test
    void aNewTenantInThePlaceOfOneThatStaysIsNamedAndTheRestApplied() throws Exception {
        ReloadPlan plan = ReloadPlan.of(
                load(BEFORE),
                load(BEFORE.replace("left: {blue", "renamed: {database: left, blue")
                        + "  fresh: {blue: {cluster: main, database: fresh}}\n"),
                Map.of("left", "the tenant is MIRRORING"));

        assertEquals(
                List.of(
                        "tenants.renamed: added (not applied: database \"left\" is already the database of tenant left)",
                        "tenants.fresh: added",
                        "tenants.left: removed (not applied: the tenant is MIRRORING)"),
                lines(plan));
        assertEquals(Set.of("acme", "left", "fresh"), plan.effective().tenants().keySet());
    }

    @Test
    void aNewTenantMayTakeThePlaceOfOneThatIsRemoved() throws Exception {
        ReloadPlan plan = plan(BEFORE.replace("left: {blue", "renamed: {database: left, blue"));

        assertEquals(List.of("tenants.renamed: added", "tenants.left: removed"), lines(plan));
        assertEquals(Set.of("acme", "renamed"), plan.effective().tenants().keySet());
    }

    @Test
    void aNewTenantMustNotLieWhereMarksAreStillKept() throws Exception {
        String movable = """
                  acme:
                    blue: {cluster: main, database: app, schema: v1}
                    green: {cluster: main, database: app, schema: v2}
                    maintenance: {user: owner, schema: cutover_acme}
                    users: [app]
                """;
        String before = BEFORE.replace("  acme: {blue: {cluster: main, database: app}}\n", movable);

        ReloadPlan plan = ReloadPlan.of(
                load(before),
                load(before.replace("schema: cutover_acme", "schema: cutover_other")
                        + "  marks: {blue: {cluster: main, database: app, schema: cutover_acme}, users: [other]}\n"),
                Map.of());

        assertEquals(Set.of("acme", "left"), plan.effective().tenants().keySet());
        assertTrue(
                lines(plan)
                        .contains(
                                "tenants.marks: added (not applied: blue.schema is the schema in which the marks of tenant"
                                        + " acme are kept)"),
                () -> lines(plan).toString());
    }

    @Test
    void aNewTenantWhoseSideIsStillThatOfAnotherOneIsNamed() throws Exception {
        String movable = """
                  acme:
                    blue: {cluster: main, database: app, schema: %s}
                    green: {cluster: main, database: app, schema: v2}
                    maintenance: {user: owner}
                    users: [app]
                """;
        String before = BEFORE.replace("  acme: {blue: {cluster: main, database: app}}\n", movable.formatted("v1"));
        String after = BEFORE.replace("  acme: {blue: {cluster: main, database: app}}\n", movable.formatted("v3"))
                        .replace("clusters: {", "clusters: {alias: {host: localhost}, ")
                + "  fresh: {blue: {cluster: alias, database: app, schema: v1}, users: [other]}\n";

        ReloadPlan plan = ReloadPlan.of(load(before), load(after), Map.of());

        assertEquals(
                List.of(
                        "clusters.alias: added",
                        "tenants.fresh: added (not applied: blue is also a side of tenant acme; tenants that move cannot share a schema)",
                        "tenants.acme.blue: main/app/v1 -> main/app/v3 (needs a restart)"),
                lines(plan));
    }

    @Test
    void aClusterGoesUnlessATenantThatStaysLiesThere() throws Exception {
        String before = BEFORE.replace("clusters: {", "clusters: {old: {host: localhost, port: 1}, unused: {host: x}, ")
                .replace("{cluster: main, database: left}", "{cluster: old, database: left}");
        String after = BEFORE.replace("  left: {blue: {cluster: main, database: left}}\n", "");

        ReloadPlan refused = ReloadPlan.of(load(before), load(after), Map.of("left", "the tenant is READY"));
        ReloadPlan removed = ReloadPlan.of(load(before), load(after), Map.of());

        assertEquals(
                List.of(
                        "clusters.old: removed (not applied: tenant left lies there until it is removed or the proxy is"
                                + " restarted)",
                        "clusters.unused: removed",
                        "tenants.left: removed (not applied: the tenant is READY)"),
                lines(refused));
        assertEquals(Set.of("main", "old"), refused.effective().clusters().keySet());
        assertEquals(Set.of("main"), removed.effective().clusters().keySet());
    }

    @Test
    void anotherAddressOfAClusterIsApplied() throws Exception {
        ReloadPlan plan = plan(BEFORE.replace("host: localhost", "host: 10.0.0.1, port: 5433"));

        assertEquals(
                List.of("clusters.main.host: localhost -> 10.0.0.1", "clusters.main.port: 5432 -> 5433"), lines(plan));
        assertEquals(
                "10.0.0.1:5433",
                plan.effective().clusters().get("main").endpoint().toString());
    }

    private static List<String> lines(ReloadPlan plan) {
        return plan.report().changes().stream().map(Change::line).toList();
    }

    @Test
    void trustIsRefusedWhileTheProxyListensToTheNetwork() throws Exception {
        CutoverConfig running = load(BEFORE.replace("{port: 6432}", "{host: 10.0.0.1}"));
        CutoverConfig wanted = load(BEFORE.replace("auth: {", "auth: {method: trust, "));

        StartupException refusal = assertThrows(StartupException.class, () -> ReloadPlan.of(running, wanted, Map.of()));

        assertTrue(refusal.getMessage().startsWith("auth.method: "), refusal.getMessage());
    }

    @Test
    void noSecretIsTold() throws Exception {
        String told = plan(BEFORE.replace("old-", "new-")).report().toString();

        assertFalse(told.contains("old-") || told.contains("new-"), told);
    }

    @Test
    void theDocumentationSaysForEachKeyWhetherItCanBeReloaded() throws Exception {
        Map<String, Boolean> documented = new TreeMap<>();
        Matcher rows = ROW.matcher(Files.readString(Path.of("../docs/configuration.md")));
        while (rows.find()) {
            documented.put(rows.group(1), rows.group(2).equals("yes"));
        }
        Map<String, Boolean> known = new TreeMap<>();
        ConfigValues.of(load(BEFORE))
                .values()
                .forEach(value -> known.put(value.pattern(), ReloadPlan.reloadable(value.pattern())));

        documented.remove("auth.query.sql");
        assertEquals(known, documented);
    }

    private ReloadPlan plan(String wanted) throws Exception {
        return ReloadPlan.of(load(BEFORE), load(wanted), Map.of());
    }

    private CutoverConfig load(String yaml) throws Exception {
        return ConfigLoader.load(write(yaml));
    }

    private Path write(String yaml) throws IOException {
        return Files.writeString(directory.resolve("cutover.yaml"), yaml);
    }
}
