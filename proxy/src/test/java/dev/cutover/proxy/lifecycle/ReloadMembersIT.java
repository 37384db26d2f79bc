// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.Json;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.ReloadReport.Change;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.CutLine;
import java.net.http.HttpResponse;
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
import org.postgresql.util.PSQLException;

/** Tenants and clusters that a reload removes, and clusters that get another address. */
@ExtendWith(PostgresExtension.class)
class ReloadMembersIT {
    @TempDir
    private Path directory;

    private Path file;
    private TestDatabase app;
    private TestDatabase other;
    private TestDatabase control;
    private String head;
    private String acme;
    private String globex;
    private CutLine first;
    private CutLine second;
    private WholeProxy proxy;

    @BeforeEach
    void setUp(TestDatabase fresh, TestDatabase second, TestDatabase controlDatabase) throws Exception {
        app = fresh;
        other = second;
        control = controlDatabase;
        app.execute("DROP ROLE IF EXISTS reloaded; CREATE ROLE reloaded LOGIN PASSWORD 'first'");
        app.execute("CREATE SCHEMA v1; CREATE SCHEMA v2; GRANT USAGE ON SCHEMA v1, v2 TO PUBLIC;"
                + " CREATE TABLE v1.t (id int PRIMARY KEY); CREATE TABLE v2.t (id int PRIMARY KEY);"
                + " GRANT ALL ON v1.t, v2.t TO PUBLIC");
        this.first = new CutLine(app.server().port());
        this.second = new CutLine(app.server().port());
        String password =
                app.server().password().isEmpty() ? "none" : app.server().password();
        head = """
                listen: {port: 0}
                admin: {port: 0, token: %s}
                control: {url: "%s", user: "%s", password: "%s"}
                auth: {users: {reloaded: {password: first}}}
                clusters:
                  main: {host: 127.0.0.1, port: %d, pool: {min-idle: 1}}
                  spare: {host: 127.0.0.1, port: %d}
                tenants:
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        app.server().user(),
                        password,
                        this.first.port(),
                        app.server().port());
        acme = """
                  acme:
                    blue: {cluster: main, database: %1$s, schema: v1}
                    green: {cluster: main, database: %1$s, schema: v2}
                    maintenance: {user: "%2$s", password: "%3$s"}
                """.formatted(app.name(), app.server().user(), password);
        globex = "  globex: {blue: {cluster: spare, database: " + other.name() + "}}\n";
        file = Files.writeString(directory.resolve("cutover.yaml"), head + acme + globex);
        proxy = WholeProxy.start(file);
    }

    @AfterEach
    void tearDown() throws Exception {
        proxy.close();
        first.close();
        second.close();
    }

    @Test
    void aRemovedTenantsSessionsEndBetweenTransactionsAndLoginsAreRefused() throws Exception {
        try (Connection idle = connect("acme");
                Connection busy = connect("acme");
                Statement running = busy.createStatement()) {
            busy.setAutoCommit(false);
            running.execute("INSERT INTO t VALUES (1)");

            assertEquals(List.of("tenants.acme: removed"), reload(head + globex));

            running.execute("INSERT INTO t VALUES (2)");
            busy.commit();
            for (Connection session : List.of(idle, busy)) {
                PSQLException end = assertThrows(
                        PSQLException.class, () -> session.createStatement().execute("SELECT 1"));
                assertEquals("57P01", end.getSQLState(), end::getMessage);
                assertTrue(String.valueOf(end.getServerErrorMessage()).contains("was removed from the proxy"));
                assertTrue(String.valueOf(end.getServerErrorMessage()).contains("Hint:"));
            }
        }
        PSQLException refusal = assertThrows(PSQLException.class, () -> connect("acme"));
        assertEquals("3D000", refusal.getSQLState());
        assertTrue(String.valueOf(refusal.getServerErrorMessage()).contains("Hint:"));
        assertEquals(List.of("1", "2"), app.query("SELECT id FROM v1.t ORDER BY id"));
        connect("globex").close();
    }

    @Test
    void nothingOfARemovedTenantIsLeft() throws Exception {
        connect("acme").close();
        proxy.call("GET", "/v1/tenants/acme/doctor", "");
        assertTrue(metrics().contains("tenant=\"acme\""));
        assertTrue(metrics().contains("database=\"" + app.name() + "\""), "a maintenance pool");

        reload(head + globex);

        assertFalse(metrics().contains("tenant=\"acme\""));
        assertFalse(metrics().contains("database=\"" + app.name() + "\""));
        assertEquals(404, proxy.call("GET", "/v1/tenants/acme", "").statusCode());
        until(() -> app.query("SELECT usename FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND pid <> pg_backend_pid()")
                .isEmpty());
    }

    @Test
    void aTenantThatComesBackIsServedAndHasMeters() throws Exception {
        reload(head + globex);

        assertEquals(List.of("tenants.acme: added"), reload(head + acme + globex));

        connect("acme").close();
        assertTrue(metrics().contains("tenant=\"acme\""));
        proxy.run("acme", "check");
    }

    @Test
    void aTenantThatMovesStaysByNameAndTheRestIsApplied() throws Exception {
        proxy.run("acme", "prepare", "mirror");

        List<String> told =
                reload(head.replace("  spare: ", "  fresh: {host: 127.0.0.1, port: 1}\n  spare: ") + globex);

        assertTrue(
                told.contains("tenants.acme: removed (not applied: the tenant is MIRRORING; complete or abort its"
                        + " transition, and reload)"),
                told::toString);
        assertTrue(told.contains("clusters.fresh: added"), told::toString);
        connect("acme").close();
        proxy.run("acme", "abort");
        assertTrue(reload(head + globex).contains("tenants.acme: removed"));
    }

    @Test
    void aClusterGoesWithItsLastTenant() throws Exception {
        connect("globex").close();

        List<String> told = reload(head.replaceAll("  spare: .*\n", "") + acme);

        assertEquals(List.of("clusters.spare: removed", "tenants.globex: removed"), told);
        until(() -> other.query("SELECT usename FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND pid <> pg_backend_pid()")
                .isEmpty());
    }

    @Test
    void aFileWithAMistakeKeepsTheTenantAndItsVerbs() throws Exception {
        Files.writeString(
                file,
                head.replace("listen: {port: 0}", "listen: {port: 0, tls: {cert: none.pem, key: none.pem}}") + globex);

        assertEquals(400, proxy.call("POST", "/v1/reload", "").statusCode());

        connect("acme").close();
        proxy.run("acme", "check");
    }

    @Test
    void anotherAddressHoldsFromTheNextTransactionOn() throws Exception {
        try (Connection idle = connect("acme");
                Connection busy = connect("acme");
                Connection pinned = connect("acme");
                Statement running = busy.createStatement()) {
            pinned.createStatement().execute("CREATE TEMP TABLE kept (id int)");
            busy.setAutoCommit(false);
            running.execute("INSERT INTO t VALUES (1)");
            proxy.call("GET", "/v1/tenants/acme/doctor", "");

            List<String> told = reload(head.replace("port: " + first.port(), "port: " + second.port()) + acme + globex);

            assertEquals(List.of("clusters.main.port: " + first.port() + " -> " + second.port()), told);
            running.execute("INSERT INTO t VALUES (2)");
            busy.commit();
            SQLException end = assertThrows(
                    SQLException.class, () -> pinned.createStatement().execute("SELECT * FROM kept"));
            assertEquals("57P01", end.getSQLState(), end::getMessage);
            // Whatever still needed the former address would fail from now on.
            first.close();
            idle.createStatement().execute("INSERT INTO t VALUES (3)");
            busy.createStatement().execute("INSERT INTO t VALUES (4)");
            busy.commit();
        }
        connect("acme").close();
        proxy.run("acme", "check");
        assertEquals(List.of("4"), app.query("SELECT count(*) FROM v1.t"));
    }

    @Test
    void aTenantThatMirrorsFollowsItsClustersAddress() throws Exception {
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");

        reload(head.replace("port: " + first.port(), "port: " + second.port()) + acme + globex);
        first.close();

        try (Connection session = connect("acme")) {
            session.createStatement().execute("INSERT INTO t VALUES (1)");
        }
        proxy.run("acme", "flip");
        assertEquals(List.of("1"), app.query("SELECT count(*) FROM v2.t"));
    }

    private Connection connect(String tenant) throws SQLException {
        return proxy.connect(tenant, "reloaded", "first");
    }

    private String metrics() throws Exception {
        return proxy.call("GET", "/metrics", "").body();
    }

    private static void until(Eventually.Condition condition) throws Exception {
        Eventually.until("the reload has taken effect", Duration.ofSeconds(20), condition);
    }

    private List<String> reload(String yaml) throws Exception {
        Files.writeString(file, yaml);
        HttpResponse<String> response = proxy.call("POST", "/v1/reload", "");
        assertEquals(200, response.statusCode(), response.body());
        return Json.mapper().readValue(response.body(), ReloadReport.class).changes().stream()
                .map(Change::line)
                .toList();
    }
}
