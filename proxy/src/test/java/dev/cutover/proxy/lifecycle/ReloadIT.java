// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.Json;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.ReloadReport.Change;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.Certificates;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A configuration file that changes under a proxy with clients. */
@ExtendWith(PostgresExtension.class)
class ReloadIT {
    @TempDir
    private Path directory;

    private Path file;
    private String before;
    private TestDatabase control;
    private WholeProxy proxy;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase controlDatabase) throws Exception {
        control = controlDatabase;
        app.execute("DROP ROLE IF EXISTS reloaded; CREATE ROLE reloaded LOGIN PASSWORD 'first'");
        before = """
                listen: {port: 0}
                admin: {port: 0, token: %1$s}
                control: {url: "%2$s", user: "%3$s", password: "%4$s"}
                auth: {users: {reloaded: {password: first}}}
                clusters: {main: {host: "%5$s", port: %6$d, pool: {size: 1}}}
                tenants:
                  acme: {blue: {cluster: main, database: %7$s}}
                """.formatted(
                WholeProxy.TOKEN,
                control.url(),
                app.server().user(),
                app.server().password().isEmpty() ? "none" : app.server().password(),
                app.server().host(),
                app.server().port(),
                app.name());
        file = Files.writeString(directory.resolve("cutover.yaml"), before);
        proxy = WholeProxy.start(file);
    }

    @AfterEach
    void tearDown() {
        proxy.close();
    }

    @Test
    void aLargerPoolLetsInWhoWaits() throws Exception {
        try (Connection first = connect("acme", "first");
                Connection second = connect("acme", "first")) {
            first.setAutoCommit(false);
            first.createStatement().execute("SELECT 1");
            List<String> told = reload(before.replace("size: 1", "size: 2"));
            second.createStatement().execute("SELECT 1");
            assertEquals(List.of("clusters.main.pool.size: 1 -> 2"), told);
            first.commit();
        }
    }

    @Test
    void usersAndTenantsComeAndSessionsStay() throws Exception {
        try (Connection client = connect("acme", "first")) {
            List<String> told = reload(before.replace("password: first", "password: second")
                    + "  fresh: {blue: {cluster: main, database: postgres}}\n");
            assertEquals(List.of("tenants.fresh: added", "auth.users.reloaded: changed"), told);
            client.createStatement().execute("SELECT 1");
            assertThrows(SQLException.class, () -> connect("acme", "first"));
        }
        assertTrue(proxy.call("GET", "/v1/tenants", "").body().contains("\"fresh\""));
        // The proxy takes the password and, of a server that trusts its own machine, gets to the new tenant.
        connect("fresh", "second").close();
    }

    @Test
    void aTenantsUsersAreCheckedAtTheNextLogin() throws Exception {
        connect("acme", "first").close();
        reload(before.replace("acme: {", "acme: {users: [somebody], "));
        SQLException refusal = assertThrows(SQLException.class, () -> connect("acme", "first"));
        assertEquals("28000", refusal.getSQLState());
    }

    @Test
    void tlsTowardsClientsComesAndGoesAndSessionsStay() throws Exception {
        Certificates certificates = Certificates.create(directory);
        Certificates.Pair pair = certificates.sign("own", "localhost");
        String tls = "listen: {port: 0, tls: {mode: %s, cert: " + pair.certificate() + ", key: " + pair.key() + "}}";
        try (Connection plain = connect("acme", "first", "disable")) {
            assertThrows(SQLException.class, () -> connect("acme", "first", "require"));
            reload(before.replace("listen: {port: 0}", tls.formatted("required")));
            plain.createStatement().execute("SELECT 1");
            SQLException refusal = assertThrows(SQLException.class, () -> connect("acme", "first", "disable"));
            assertEquals("28000", refusal.getSQLState());
            try (Connection encrypted = connect("acme", "first", "require")) {
                reload(before.replace("listen: {port: 0}", tls.formatted("optional")));
                connect("acme", "first", "disable").close();
                reload(before);
                assertThrows(SQLException.class, () -> connect("acme", "first", "require"));
                encrypted.createStatement().execute("SELECT 1");
            }
        }
    }

    @Test
    void aCertificateThatIsNoneIsRefusedAsAWhole() throws Exception {
        Path none = Files.writeString(directory.resolve("none.pem"), "nothing");
        Files.writeString(
                file,
                before.replace("password: first", "password: second")
                        .replace(
                                "listen: {port: 0}",
                                "listen: {port: 0, tls: {cert: " + none + ", key: " + none + "}}"));
        HttpResponse<String> response = proxy.call("POST", "/v1/reload", "");
        assertEquals(400, response.statusCode());
        assertTrue(response.body().contains("none.pem"), response.body());
        connect("acme", "first").close();
    }

    @Test
    void whatNeedsARestartIsToldAndTheRestIsApplied() throws Exception {
        List<String> told = reload(before.replace("port: 0}", "port: 1}").replace("size: 1", "size: 3"));
        assertEquals(List.of("listen.port: 0 -> 1 (needs a restart)", "clusters.main.pool.size: 1 -> 3"), told);
    }

    @Test
    void aWrongFileChangesNothingAndIsNamed() throws Exception {
        Files.writeString(
                file, before.replace("password: first", "password: second").replace("size: 1", "size: 0"));
        HttpResponse<String> response = proxy.call("POST", "/v1/reload", "");
        assertEquals(400, response.statusCode());
        assertTrue(response.body().contains("clusters.main.pool.size: must be a whole number"), response.body());
        connect("acme", "first").close();
    }

    @Test
    void aClusterThatDoesNotAnswerIsReportedAndTheRestApplied() throws Exception {
        Files.writeString(
                file,
                before.replace("password: first", "password: second")
                        .replace("clusters: {", "clusters: {gone: {host: 127.0.0.1, port: 1}, "));
        HttpResponse<String> response = proxy.call("POST", "/v1/reload", "");
        assertEquals(200, response.statusCode(), response::body);
        assertTrue(response.body().contains("clusters.gone: cannot connect"), response.body());
        connect("acme", "second").close();
    }

    @Test
    void anotherTokenHoldsFromTheNextCallOn() throws Exception {
        List<String> told = reload(before.replace(WholeProxy.TOKEN, "another-token"));
        assertEquals(List.of("admin.token: changed"), told);
        assertEquals(401, proxy.call("GET", "/v1/tenants", "").statusCode());
    }

    @Test
    void noSecretIsToldAndItIsAudited() throws Exception {
        Files.writeString(file, before.replace("password: first", "password: hunter2"));
        String body = proxy.call("POST", "/v1/reload", "").body();
        assertFalse(body.contains("hunter2"), body);
        assertEquals(List.of("SUCCEEDED"), control.query("SELECT result FROM cutover.audit WHERE command = 'reload'"));
    }

    private Connection connect(String tenant, String password, String sslmode) throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + tenant + "?sslmode=" + sslmode;
        return DriverManager.getConnection(url, "reloaded", password);
    }

    private Connection connect(String tenant, String password) throws SQLException {
        return proxy.connect(tenant, "reloaded", password);
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
