// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.DeclarationResult;
import dev.cutover.config.adminapi.DeclaredTenants;
import dev.cutover.config.adminapi.Json;
import dev.cutover.config.adminapi.TenantDeclaration;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.util.PSQLException;

/** Tenants that come and go while two proxies run: by command, and with the rows of a catalog table. */
@ExtendWith(PostgresExtension.class)
class DeclaredTenantsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final TenantDeclaration FROM_TEMPLATE = TenantDeclaration.EMPTY;

    @TempDir
    private Path directory;

    private Path file;
    private TestDatabase app;
    private TestDatabase catalog;
    private String yaml;
    private String from;
    private WholeProxy first;
    private WholeProxy second;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase catalog, TestDatabase control) throws Exception {
        this.app = app;
        this.catalog = catalog;
        for (String tenant : List.of("shop_1", "shop_2", "acme")) {
            for (String schema : List.of(tenant + "_v1", tenant + "_v2")) {
                app.execute("CREATE SCHEMA " + schema + "; CREATE TABLE " + schema + ".t (id int PRIMARY KEY)");
            }
        }
        catalog.execute("CREATE TABLE shops (name text PRIMARY KEY, plan text)");
        String user = app.server().user();
        String password =
                app.server().password().isEmpty() ? "none" : app.server().password();
        Files.writeString(directory.resolve("password"), password);
        yaml = """
                listen: {port: 0}
                admin: {port: 0, token: %1$s}
                control: {url: "%2$s", user: "%3$s", password: "%4$s"}
                auth: {method: trust, users: {"%3$s": {password: "%4$s"}}}
                clusters: {main: {host: "%5$s", port: %6$d}}
                tenant-templates:
                  - name: shop
                    match: "shop_*"
                    blue: {cluster: main, database: %7$s, schema: "{tenant}_v1"}
                    green: {cluster: main, database: %7$s, schema: "{tenant}_v2"}
                    maintenance: {user: "%3$s", password: {file: password}}
                    shares-roles-with: ["*"]
                tenants:
                  acme:
                    shares-roles-with: ["*"]
                    blue: {cluster: main, database: %7$s, schema: acme_v1}
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        user,
                        password,
                        app.server().host(),
                        app.server().port(),
                        app.name());
        from = """
                tenants-from:
                  cluster: main
                  database: %s
                  user: "%s"
                  password: {file: password}
                  sql: SELECT name, json_build_object('plan', plan) AS tags FROM shops
                  every: 1s
                """.formatted(catalog.name(), user);
        file = Files.writeString(directory.resolve("cutover.yaml"), yaml);
        first = WholeProxy.start(file);
        second = WholeProxy.start(file);
    }

    @AfterEach
    void tearDown() {
        first.close();
        second.close();
    }

    @Test
    void aTenantThatOneProxyAddsIsServedByBoth() throws Exception {
        assertTrue(changed("POST", "shop_1", FROM_TEMPLATE));

        insert(first, "shop_1", 1);
        awaitServed(second, "shop_1");
        insert(second, "shop_1", 2);
        assertEquals(List.of("1", "2"), app.query("SELECT id FROM shop_1_v1.t ORDER BY id"));
        first.run("shop_1", "prepare", "mirror", "backfill", "verify", "flip");
        insert(second, "shop_1", 3);
        assertEquals(List.of("3"), app.query("SELECT count(*) FROM shop_1_v2.t"));
    }

    @Test
    void aRemovedTenantsSessionsEndAndLoginsGetAHint() throws Exception {
        changed("POST", "shop_1", FROM_TEMPLATE);
        awaitServed(second, "shop_1");
        try (Connection here = connect(first, "shop_1");
                Connection there = connect(second, "shop_1")) {
            assertTrue(changed("DELETE", "shop_1", null));

            awaitNotServed(second, "shop_1");
            for (Connection session : List.of(here, there)) {
                PSQLException end = assertThrows(
                        PSQLException.class, () -> session.createStatement().execute("SELECT 1"));
                assertEquals("57P01", end.getSQLState(), end::getMessage);
            }
        }
        for (WholeProxy proxy : List.of(first, second)) {
            PSQLException refusal = assertThrows(PSQLException.class, () -> connect(proxy, "shop_1"));
            assertEquals("3D000", refusal.getSQLState());
            assertTrue(String.valueOf(refusal.getServerErrorMessage()).contains("Hint:"));
        }
    }

    @Test
    void aTenantInTransitionIsNotRemoved() throws Exception {
        changed("POST", "shop_1", FROM_TEMPLATE);
        awaitServed(second, "shop_1");
        first.run("shop_1", "prepare", "mirror");

        HttpResponse<String> refused = call(second, "DELETE", "shop_1", null);

        assertEquals(409, refused.statusCode(), refused.body());
        assertTrue(refused.body().contains("tenant shop_1 stays: the tenant is MIRRORING"), refused::body);
        connect(first, "shop_1").close();
        first.run("shop_1", "abort");
        assertTrue(changed("DELETE", "shop_1", null));
    }

    @Test
    void aRestartAndAReloadKeepDeclaredTenants() throws Exception {
        changed("POST", "shop_1", FROM_TEMPLATE);

        assertEquals("{\"changes\":[]}", first.call("POST", "/v1/reload", "").body());
        connect(first, "shop_1").close();
        first.close();
        first = WholeProxy.start(file);

        connect(first, "shop_1").close();
    }

    @Test
    void aProxyWhoseFileHasNoTenantStartsWithTheDeclaredOnes() throws Exception {
        changed("POST", "shop_1", FROM_TEMPLATE);
        first.close();
        Files.writeString(file, yaml.substring(0, yaml.indexOf("tenants:\n")));
        first = WholeProxy.start(file);

        connect(first, "shop_1").close();
        assertFalse(serves(first, "acme"));
    }

    @Test
    void aTenantThatComesBackThroughAnotherProxyHasALeader() throws Exception {
        changed("POST", "shop_1", FROM_TEMPLATE);
        awaitServed(second, "shop_1");
        changed("DELETE", "shop_1", null);
        awaitNotServed(second, "shop_1");

        assertEquals(200, call(second, "POST", "shop_1", FROM_TEMPLATE).statusCode());

        awaitServed(first, "shop_1");
        second.run("shop_1", "check", "prepare", "abort");
    }

    @Test
    void whatIsSoAlreadyIsNotChanged() throws Exception {
        changed("POST", "shop_1", FROM_TEMPLATE);

        assertFalse(changed("POST", "shop_1", FROM_TEMPLATE));
        assertTrue(changed("PUT", "shop_1", new TenantDeclaration(null, null, Map.of("plan", "paid"), List.of())));
        assertFalse(changed("PUT", "shop_1", new TenantDeclaration(null, null, Map.of("plan", "paid"), List.of())));
        assertTrue(first.call("GET", "/v1/tenants", "").body().contains("\"plan\":\"paid\""));
        assertTrue(changed("DELETE", "shop_1", null));
        assertFalse(changed("DELETE", "shop_1", null));
        assertTrue(changed("POST", "shop_1", FROM_TEMPLATE));
        connect(first, "shop_1").close();
    }

    @Test
    void whatCannotBeIsRefusedByName() throws Exception {
        refused(409, "POST", "acme", FROM_TEMPLATE, "the configuration file declares tenant acme");
        refused(409, "DELETE", "acme", null, "the configuration file declares tenant acme");
        refused(409, "PUT", "shop_1", FROM_TEMPLATE, "tenant shop_1 is not declared");
        refused(400, "POST", "shop_1", entry("bleu: {}"), "tenants.shop_1.bleu: unknown key");
        refused(400, "POST", "shop_1", entry("blue: {cluster: mian}"), "tenants.shop_1.blue.cluster: there is no");
        refused(
                400,
                "POST",
                "shop_1",
                entry("maintenance: {password: hunter2}"),
                "tenants.shop_1.maintenance.password");
        refused(400, "POST", "shop_1", entry("blue: {cluster: [}"), "not valid YAML");
        refused(409, "POST", "shop_1", entry("database: acme"), "already the database of tenant acme");
        refused(409, "POST", "shop_2", entry("blue: {schema: acme_v1}"), "is also a side of tenant acme");
        changed("POST", "shop_1", FROM_TEMPLATE);
        refused(409, "POST", "shop_1", entry("drain-timeout: 3s"), "declared already, with another entry");
        refused(409, "PUT", "shop_1", entry("blue: {schema: other}"), "tenants.shop_1.blue: cannot change while");
        assertEquals(1, declared().tenants().size());
        assertEquals(
                401,
                first.send(HttpRequest.newBuilder(first.uri("/v1/declared-tenants/shop_2"))
                                .method("DELETE", HttpRequest.BodyPublishers.noBody())
                                .build())
                        .statusCode());
    }

    @Test
    void tenantsFollowTheRowsOfTheCatalog() throws Exception {
        catalog.execute("INSERT INTO shops VALUES ('shop_1', 'free')");
        Files.writeString(file, from + yaml);
        assertEquals(200, first.call("POST", "/v1/reload", "").statusCode());
        assertEquals(200, second.call("POST", "/v1/reload", "").statusCode());

        awaitServed(first, "shop_1");
        awaitServed(second, "shop_1");
        refused(409, "DELETE", "shop_1", null, "the catalog table of tenants-from declares tenant shop_1");

        catalog.execute("INSERT INTO shops VALUES ('shop_2', 'paid'), ('acme', 'free')");
        awaitServed(second, "shop_2");
        awaitError("acme: the configuration file declares tenant acme");
        assertTrue(second.call("GET", "/v1/tenants", "").body().contains("\"plan\":\"paid\""));

        catalog.execute("DELETE FROM shops WHERE name IN ('shop_1', 'acme')");
        awaitNotServed(first, "shop_1");
        awaitNotServed(second, "shop_1");

        catalog.execute("ALTER TABLE shops RENAME TO gone");
        awaitError("nothing has changed: ");
        catalog.execute("ALTER TABLE gone RENAME TO shops; DELETE FROM shops");
        awaitError("finds no row; its 1 tenant(s) stay");
        connect(first, "shop_2").close();
        connect(second, "shop_2").close();
    }

    private static TenantDeclaration entry(String text) {
        return new TenantDeclaration(text, null, Map.of(), List.of());
    }

    private void refused(int status, String method, String tenant, TenantDeclaration wanted, String reason)
            throws Exception {
        HttpResponse<String> response = call(first, method, tenant, wanted);
        String body = response.body().replace("\\\"", "\"");
        assertTrue(response.statusCode() == status, () -> response.statusCode() + " " + body);
        assertTrue(body.contains(reason), body);
    }

    private boolean changed(String method, String tenant, TenantDeclaration wanted) throws Exception {
        HttpResponse<String> response = call(first, method, tenant, wanted);
        assertEquals(200, response.statusCode(), response.body());
        return Json.mapper().readValue(response.body(), DeclarationResult.class).changed();
    }

    private static HttpResponse<String> call(WholeProxy proxy, String method, String tenant, TenantDeclaration wanted)
            throws Exception {
        String body = wanted == null ? "" : Json.mapper().writeValueAsString(wanted);
        return proxy.call(method, "/v1/declared-tenants/" + tenant, body);
    }

    private DeclaredTenants declared() throws Exception {
        return Json.mapper()
                .readValue(first.call("GET", "/v1/declared-tenants", "").body(), DeclaredTenants.class);
    }

    private void awaitError(String text) throws Exception {
        Eventually.until("the catalog's error has " + text, PATIENCE, () -> {
            DeclaredTenants.CatalogRun run = declared().catalog();
            return run != null && run.error() != null && run.error().contains(text);
        });
    }

    private static void awaitServed(WholeProxy proxy, String tenant) throws Exception {
        Eventually.until(tenant + " is served", PATIENCE, () -> serves(proxy, tenant));
    }

    private static void awaitNotServed(WholeProxy proxy, String tenant) throws Exception {
        Eventually.until(tenant + " is not served", PATIENCE, () -> !serves(proxy, tenant));
    }

    private static boolean serves(WholeProxy proxy, String tenant) throws Exception {
        return proxy.call("GET", "/v1/tenants", "").body().contains("\"tenant\":\"" + tenant + "\"");
    }

    private Connection connect(WholeProxy proxy, String tenant) throws SQLException {
        return proxy.connect(tenant, app.server().user(), "none");
    }

    private void insert(WholeProxy proxy, String tenant, int id) throws SQLException {
        try (Connection session = connect(proxy, tenant)) {
            session.createStatement().execute("INSERT INTO t VALUES (" + id + ")");
        }
    }
}
