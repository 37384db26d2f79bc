// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.DoctorReport;
import dev.cutover.config.adminapi.Json;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.yaml.ConfigLoader;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.NettyProxyRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tenant that cannot be recovered when the proxy starts is degraded. It and all other tenants are served. */
@ExtendWith(PostgresExtension.class)
class DegradedStartIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = Json.mapper();
    private static final String MAPPING = "tables: {note: {up: {body: text}, down: {text: body}}}\n";

    @TempDir
    private Path directory;

    private TestDatabase app;
    private TestDatabase control;
    private Path mappingFile;
    private WholeProxy proxy;

    @BeforeEach
    void setUp(TestDatabase fresh, TestDatabase controlDatabase) throws Exception {
        app = fresh;
        control = controlDatabase;
        mappingFile = directory.resolve("mapping.yaml");
        Files.writeString(mappingFile, MAPPING);
        for (String tenant : List.of("acme", "globex")) {
            app.execute("CREATE SCHEMA " + tenant + "_v1; CREATE SCHEMA " + tenant + "_v2; CREATE TABLE " + tenant
                    + "_v1.note (id int PRIMARY KEY, text text); CREATE TABLE " + tenant
                    + "_v2.note (id int PRIMARY KEY, body text); INSERT INTO " + tenant
                    + "_v1.note SELECT i, 'note ' || i FROM generate_series(1, 50) AS i");
        }
        start();
    }

    @AfterEach
    void tearDown() {
        if (proxy != null) {
            proxy.close();
        }
    }

    private Path yaml() throws Exception {
        StringBuilder text = new StringBuilder("""
                listen: {port: 0}
                admin: {port: 0, token: %1$s}
                control: {url: "%2$s", user: %3$s%4$s}
                auth: {method: trust%7$s}
                clusters: {main: {host: "%5$s", port: %6$d}}
                tenants:
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        user(),
                        password(),
                        app.server().host(),
                        app.server().port(),
                        password().isEmpty()
                                ? ""
                                : ", users: {" + user() + ": {" + password().substring(2) + "}}"));
        for (String tenant : List.of("acme", "globex")) {
            text.append("""
                      %1$s:
                        blue: {cluster: main, database: %2$s, schema: %1$s_v1}
                        green: {cluster: main, database: %2$s, schema: %1$s_v2}
                        mapping: mapping.yaml
                        maintenance: {user: %3$s%4$s}
                        shares-roles-with: [%5$s]
                    """.formatted(tenant, app.name(), user(), password(), tenant.equals("acme") ? "globex" : "acme")
                    .indent(2));
        }
        return Files.writeString(directory.resolve("cutover.yaml"), text);
    }

    private String user() {
        return app.server().user();
    }

    private String password() {
        return app.server().password().isEmpty()
                ? ""
                : ", password: \"" + app.server().password() + "\"";
    }

    private void start() throws Exception {
        proxy = WholeProxy.start(yaml());
    }

    /** What keeps acme from being recovered, and what removes that. */
    private record Trouble(String sql, String remedy, String reason) {}

    private static Trouble trouble(String name) {
        return switch (name) {
            case "table created" ->
                new Trouble(
                        "CREATE TABLE SERVING.extra (id int PRIMARY KEY)",
                        "DROP TABLE SERVING.extra",
                        "the mapping, the first: ");
            case "column renamed" ->
                new Trouble(
                        "ALTER TABLE IDLE.note RENAME id TO number",
                        "ALTER TABLE IDLE.note RENAME number TO id",
                        "the mapping, the first: ");
            case "table renamed" ->
                new Trouble(
                        "ALTER TABLE IDLE.note RENAME TO notes",
                        "ALTER TABLE IDLE.notes RENAME TO note",
                        "the mapping, the first: ");
            default -> throw new IllegalArgumentException(name);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "table created,READY",
        "column renamed,READY",
        "table renamed,READY",
        "column renamed,REVERSIBLE",
        "table renamed,REVERSIBLE"
    })
    void aTenantThatCannotBeRecoveredIsDegradedByName(String name, Phase phase) throws Exception {
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");
        if (phase == Phase.REVERSIBLE) {
            proxy.run("acme", "flip");
        }
        proxy.run("globex", "prepare", "mirror", "backfill", "verify");
        proxy.close();
        Trouble trouble = trouble(name);
        app.execute(at(trouble.sql(), phase));

        start();

        execute("globex", "INSERT INTO note VALUES (100, 'x')");
        execute("acme", "INSERT INTO note VALUES (100, 'x')");
        assertEquals(List.of("1"), app.query("SELECT count(*) FROM " + serving(phase) + ".note WHERE id = 100"));
        awaitTrouble();
        assertTrue(
                proxy.status("acme").resyncTrouble().contains(trouble.reason()), proxy.status("acme")::resyncTrouble);
        assertEquals(
                phase == Phase.READY ? Phase.MIRRORING : phase,
                proxy.status("acme").phase());
        DoctorReport report = doctor("acme");
        assertEquals(1, report.anomalies().size(), report::toString);
        assertTrue(report.anomalies().get(0).finding().contains(trouble.reason()), report::toString);
        assertTrue(proxy.call("GET", "/v1/tenants", "").body().contains(trouble.reason()));
        awaitIdle("globex");
        proxy.run("globex", "flip", "rollback");

        app.execute(at(trouble.remedy(), phase));
        if (name.equals("column renamed")) {
            awaitIdle("acme");
            proxy.awaitNoMarks("acme");
        }
        proxy.run("acme", "verify", phase == Phase.READY ? "flip" : "rollback");
        assertEquals(
                List.of("1", "1"),
                app.query("SELECT count(*) FROM acme_v1.note WHERE id = 100 UNION ALL"
                        + " SELECT count(*) FROM acme_v2.note WHERE id = 100"));
    }

    @ParameterizedTest
    @CsvSource({"table created,READY", "column renamed,READY", "table renamed,REVERSIBLE"})
    void aDegradedTenantsTransitionCanBeEnded(String name, Phase phase) throws Exception {
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");
        if (phase == Phase.REVERSIBLE) {
            proxy.run("acme", "flip");
        }
        proxy.close();
        app.execute(at(trouble(name).sql(), phase));
        start();
        awaitTrouble();

        assertEquals(
                Operation.State.REFUSED, proxy.attempt("acme", "verify", "").state());
        proxy.run("acme", phase == Phase.READY ? "abort" : "complete");

        assertEquals(Phase.STEADY, proxy.status("acme").phase());
        assertEquals(
                phase == Phase.READY ? Side.BLUE : Side.GREEN,
                proxy.status("acme").serving());
        assertNull(proxy.status("acme").resyncTrouble());
        assertNothingIsLeft();
        execute("acme", "INSERT INTO note VALUES (101, 'x')");
    }

    @ParameterizedTest
    @CsvSource({"table created", "column renamed", "table renamed"})
    void aTransitionCanBeEndedWhileNoProxyRuns(String name) throws Exception {
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");
        proxy.close();
        app.execute(at(trouble(name).sql(), Phase.READY));

        Operation abort = new NettyProxyRuntime()
                .runOffline(ConfigLoader.load(yaml()), "acme", VerbName.ABORT, VerbRequest.PLAIN, "test");

        assertEquals(Operation.State.SUCCEEDED, abort.state(), abort::message);
        assertNothingIsLeft();
        start();
        assertEquals(Phase.STEADY, proxy.status("acme").phase());
        execute("acme", "INSERT INTO note VALUES (101, 'x')");
    }

    @Test
    void aMaintenanceRoleThatMayNotLogInIsNamedWithTheServersReason() throws Exception {
        proxy.close();
        String keeper = app.name() + "_keeper";
        app.execute("CREATE ROLE " + keeper + " SUPERUSER LOGIN PASSWORD 'secret'");
        Path config = yaml();
        Files.writeString(
                config,
                Files.readString(config)
                        .replace(
                                "maintenance: {user: " + user() + password(),
                                "maintenance: {user: " + keeper + ", password: secret"));
        proxy = WholeProxy.start(config);
        proxy.run("acme", "prepare", "mirror");
        proxy.close();
        app.execute("ALTER ROLE " + keeper + " NOLOGIN");

        proxy = WholeProxy.start(config);

        execute("acme", "INSERT INTO note VALUES (100, 'x')");
        awaitTrouble();
        String reason = proxy.status("acme").resyncTrouble();
        assertEquals(
                "cannot connect to database " + app.name() + " of cluster main as maintenance role " + keeper
                        + ": FATAL: role \"" + keeper + "\" is not permitted to log in",
                reason);
        app.execute("ALTER ROLE " + keeper + " LOGIN");
        proxy.run("acme", "backfill", "verify", "abort");
    }

    /** An interrupted flip is undone even though the tenant cannot be recovered after that. */
    @Test
    void anInterruptedFlipOfADegradedTenantIsUndone() throws Exception {
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");
        proxy.close();
        control.execute("UPDATE cutover.tenant SET phase = 'SWITCHING', switching_from = 'READY' WHERE name = 'acme'");
        app.execute(at(trouble("table created").sql(), Phase.READY));

        start();

        execute("acme", "INSERT INTO note VALUES (100, 'x')");
        awaitTrouble();
        assertEquals(Phase.MIRRORING, proxy.status("acme").phase());
        assertEquals(Side.BLUE, proxy.status("acme").serving());
    }

    /** A verb may come before the proxy has begun to recover the tenant. */
    @Test
    void aVerbThatComesFirstLeavesTheTenantToBeRecovered(TestServer server) throws Exception {
        String tables = "CREATE TABLE v1.note (id int PRIMARY KEY); CREATE TABLE v2.note (id int PRIMARY KEY)";
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.app().execute("ALTER TABLE v2.note RENAME TO notes");
            cutover.restartUnrecovered();

            Operation complete = cutover.attempt("complete", VerbRequest.PLAIN);

            assertEquals(Operation.State.REFUSED, complete.state(), complete::message);
            Eventually.until("acme has trouble", PATIENCE, () -> {
                return cutover.status().resyncTrouble() != null;
            });
            assertEquals(Phase.MIRRORING, cutover.status().phase());
            cutover.app().execute("ALTER TABLE v2.notes RENAME TO note");
            cutover.run("verify", "flip");
        }
    }

    /** What an attempt to mirror has recorded does not hold for the next one. */
    @Test
    void aMirrorThatFailedLeavesTheMappingFileInForce() throws Exception {
        proxy.run("acme", "prepare");
        proxy.close();
        control.execute("UPDATE cutover.tenant SET mapping = '{\"tables\": {\"note\": {\"blue\": \"note\","
                + " \"green\": \"note\", \"key\": [], \"up\": {\"body\": \"upper(text)\"},"
                + " \"down\": {\"text\": \"body\"}, \"blueParts\": {}, \"greenParts\": {},"
                + " \"dropped\": {\"blue\": [], \"green\": []}}}, \"ignored\": [], \"reasons\": {}}'"
                + " WHERE name = 'acme'");
        start();

        proxy.run("acme", "mirror", "backfill", "verify");

        assertEquals(List.of("note 1"), app.query("SELECT body FROM acme_v2.note WHERE id = 1"));
    }

    /** Rows that the first mapping wrote and rows that the second one writes would differ, and nobody would have seen it. */
    @Test
    void aTransitionKeepsTheMappingThatItBeganWith() throws Exception {
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");
        proxy.close();
        Files.writeString(mappingFile, MAPPING.replace("body: text", "body: upper(text)"));

        start();

        awaitIdle("acme");
        assertEquals(Phase.READY, proxy.status("acme").phase());
        execute("acme", "INSERT INTO note VALUES (100, 'x')");
        assertEquals(List.of("x"), app.query("SELECT body FROM acme_v2.note WHERE id = 100"));
        DoctorReport report = doctor("acme");
        assertTrue(report.toString().contains("the file has changed since mirroring began"), report::toString);
        proxy.run("acme", "verify", "abort");
        app.execute("TRUNCATE acme_v2.note");
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");
        execute("acme", "INSERT INTO note VALUES (101, 'y')");
        assertEquals(List.of("X", "Y"), app.query("SELECT body FROM acme_v2.note WHERE id IN (100, 101) ORDER BY id"));
        assertEquals(List.of(), doctor("acme").anomalies());
    }

    @Test
    void aMappingFileWithAMistakeKeepsOnlyItsTenantsFromMoving() throws Exception {
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");
        proxy.close();
        Files.writeString(mappingFile, "tables: {note: {upp: {body: text}}}\n");

        start();

        execute("acme", "INSERT INTO note VALUES (100, 'x')");
        execute("globex", "INSERT INTO note VALUES (100, 'x')");
        awaitIdle("acme");
        proxy.run("acme", "verify", "flip", "complete");
        Operation refused = proxy.attempt("globex", "prepare", "");
        assertEquals(Operation.State.REFUSED, refused.state());
        assertTrue(refused.message().contains("mapping.yaml: tables.note.upp: unknown key"), refused.message());
        assertTrue(
                doctor("globex").toString().contains("the tenant cannot move"),
                doctor("globex").toString());
        Files.writeString(mappingFile, MAPPING);
        assertEquals(200, proxy.call("POST", "/v1/reload", "").statusCode());
        proxy.run("globex", "prepare", "mirror", "backfill", "verify", "flip");
    }

    private static String serving(Phase phase) {
        return phase == Phase.READY ? "acme_v1" : "acme_v2";
    }

    private static String at(String sql, Phase phase) {
        return sql.replace("SERVING", serving(phase)).replace("IDLE", phase == Phase.READY ? "acme_v2" : "acme_v1");
    }

    private void assertNothingIsLeft() throws Exception {
        assertEquals(
                List.of(),
                app.query("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal UNION ALL SELECT proname FROM pg_proc"
                        + " WHERE proname LIKE 'net\\_%' UNION ALL SELECT relname FROM pg_class WHERE relkind = 'v'"
                        + " AND relname LIKE 'mark\\_%'"));
        assertEquals(List.of("0"), app.query("SELECT count(*) FROM cutover.dirty_key"));
    }

    private void execute(String tenant, String sql) throws SQLException {
        try (Connection connection = proxy.connect(tenant, user(), app.server().password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private DoctorReport doctor(String tenant) throws Exception {
        return JSON.readValue(
                proxy.call("GET", "/v1/tenants/" + tenant + "/doctor", "").body(), DoctorReport.class);
    }

    private void awaitTrouble() throws Exception {
        Eventually.until("acme has trouble", PATIENCE, () -> {
            return proxy.status("acme").resyncTrouble() != null;
        });
    }

    private void awaitIdle(String tenant) throws Exception {
        Eventually.until(tenant + " has no operation running", PATIENCE, () -> {
            return proxy.status(tenant).running() == null;
        });
    }
}
