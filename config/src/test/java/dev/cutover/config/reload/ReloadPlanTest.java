package dev.cutover.config.reload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.CutoverConfig;
import dev.cutover.config.control.ReloadReport.Change;
import dev.cutover.config.runtime.StartupException;
import dev.cutover.config.yaml.ConfigLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
                clusters: {main: {host: localhost, pool: {size: 40, max-lifetime: 2h}}, more: {host: localhost}}
                tenants:
                  acme: {blue: {cluster: main, database: app2}, drain-timeout: 500ms, compare-reads: 0.01, users: [app]}
                  fresh: {blue: {cluster: more, database: fresh}}
                """);

        assertEquals(
                List.of(
                        "clusters.more: added",
                        "tenants.fresh: added",
                        "tenants.left: removed (needs a restart)",
                        "listen.port: 6432 -> 7432 (needs a restart)",
                        "control.password: changed (needs a restart)",
                        "auth.users.app: changed",
                        "auth.users.here: added",
                        "limits.query-timeout: 0s -> 90s",
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

        ReloadPlan second = ReloadPlan.of(effective, load(wanted));

        assertEquals(1, second.report().changes().size());
    }

    @Test
    void nothingChangedIsNoChange() throws Exception {
        assertTrue(plan(BEFORE).report().changes().isEmpty());
    }

    @Test
    void aNewTenantInThePlaceOfOneThatStaysWaitsForARestart() throws Exception {
        ReloadPlan plan = plan(BEFORE.replace("left: {blue", "renamed: {database: left, blue"));

        assertEquals(
                List.of("tenants.renamed: added (needs a restart)", "tenants.left: removed (needs a restart)"),
                plan.report().changes().stream().map(Change::line).toList());
        assertFalse(plan.effective().tenants().containsKey("renamed"));
    }

    @Test
    void trustIsRefusedWhileTheProxyListensToTheNetwork() throws Exception {
        CutoverConfig running = load(BEFORE.replace("{port: 6432}", "{host: 10.0.0.1}"));
        CutoverConfig wanted = load(BEFORE.replace("auth: {", "auth: {method: trust, "));

        StartupException refusal = assertThrows(StartupException.class, () -> ReloadPlan.of(running, wanted));

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
        return ReloadPlan.of(load(BEFORE), load(wanted));
    }

    private CutoverConfig load(String yaml) throws Exception {
        return ConfigLoader.load(write(yaml));
    }

    private Path write(String yaml) throws IOException {
        return Files.writeString(directory.resolve("cutover.yaml"), yaml);
    }
}
