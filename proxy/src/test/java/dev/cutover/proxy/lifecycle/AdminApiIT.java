// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin API as {@code docs/admin-api.md} tells it. */
@ExtendWith(PostgresExtension.class)
class AdminApiIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path directory;

    private static TestDatabase app;
    private static WholeProxy proxy;

    @BeforeAll
    static void setUp(TestDatabase database, TestDatabase control) throws Exception {
        app = database;
        TestServer server = app.server();
        app.execute("CREATE SCHEMA v1; CREATE TABLE v1.t (id int PRIMARY KEY);"
                + "CREATE SCHEMA v2; CREATE TABLE v2.t (id int PRIMARY KEY);");
        proxy = WholeProxy.start(Files.writeString(directory.resolve("cutover.yaml"), """
                listen: {port: 0}
                admin: {port: 0, token: %1$s}
                control: {url: "%2$s", user: "%3$s", password: "%4$s"}
                auth: {method: trust, users: {"%3$s": {password: "%4$s"}}}
                clusters: {main: {host: "%5$s", port: %6$d}}
                tenants:
                  acme:
                    blue: {cluster: main, database: %7$s, schema: v1}
                    green: {cluster: main, database: %7$s, schema: v2}
                    maintenance: {user: "%3$s", password: "%4$s"}
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        server.user(),
                        server.password().isEmpty() ? "none" : server.password(),
                        server.host(),
                        server.port(),
                        app.name())));
    }

    @AfterAll
    static void tearDown() {
        proxy.close();
    }

    @Test
    void healthIsForEverybody() throws Exception {
        HttpResponse<String> response =
                proxy.send(HttpRequest.newBuilder(proxy.uri("/health")).build());

        assertEquals("200 ok\n", response.statusCode() + " " + response.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/v1/tenants", "/v1/tenants/acme", "/health/../metrics", "/none", "//health"})
    void withoutTheTokenTheRestIsClosed(String path) throws Exception {
        HttpResponse<String> response =
                proxy.send(HttpRequest.newBuilder(proxy.uri(path)).build());

        assertTrue(response.statusCode() == 401 || response.statusCode() == 400, path + ": " + response.statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer wrong", "Bearer ", "Basic test-token", "test-token"})
    void aWrongTokenIsRefusedInJson(String authorization) throws Exception {
        HttpResponse<String> response = proxy.send(HttpRequest.newBuilder(proxy.uri("/v1/tenants"))
                .header("Authorization", authorization)
                .build());

        assertEquals(401, response.statusCode());
        assertEquals(
                "the bearer token is missing or wrong",
                JSON.readTree(response.body()).path("error").asText());
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/tenants/nope, there is no tenant nope",
        "POST, /v1/tenants/nope/prepare, there is no tenant nope",
        "POST, /v1/tenants/nope/explain, there is no tenant nope",
        "POST, /v1/tenants/acme/dance, there is no /v1/tenants/acme/dance",
        "GET, /v1/tenants/acme/operations/17, there is no /v1/tenants/acme/operations/17",
        "GET, /v2, there is no /v2"
    })
    void whatIsNotThereIsNamed(String method, String path, String error) throws Exception {
        HttpResponse<String> response = proxy.call(method, path, "");

        assertEquals(404, response.statusCode());
        assertEquals(error, JSON.readTree(response.body()).path("error").asText());
    }

    @Test
    void aBodyThatIsNoRequestIsRefused() throws Exception {
        HttpResponse<String> response = proxy.call("POST", "/v1/tenants/acme/check", "{\"force\": ");

        assertEquals(400, response.statusCode());
    }

    @Test
    void aFieldThatTheVerbDoesNotTakeIsNamed() throws Exception {
        HttpResponse<String> response = proxy.call("POST", "/v1/tenants/acme/backfill", "{\"repair\": true}");

        assertEquals(400, response.statusCode());
        assertTrue(response.body().contains("backfill takes no \\\"repair\\\"; it takes [pacing]"), response::body);
    }

    @Test
    void tenantsAreListed() throws Exception {
        JsonNode tenants = JSON.readTree(proxy.call("GET", "/v1/tenants", "").body());

        assertEquals("acme", tenants.path(0).path("tenant").asText());
    }

    @Test
    void metricsAreInPrometheusFormat() throws Exception {
        HttpResponse<String> response = proxy.call("GET", "/metrics", "");

        assertEquals(200, response.statusCode());
        assertTrue(
                response.headers().firstValue("Content-Type").orElse("").startsWith("text/plain; version=0.0.4"),
                () -> response.headers().toString());
        assertTrue(response.body().contains("# TYPE cutover_"), response.body());
        assertTrue(
                response.body().lines().allMatch(line -> line.matches("#.*|[a-z_]+(\\{.*})? [-+0-9.eEInfNa]+")),
                response.body());
    }

    @Test
    void metricsTellHowFarABackfillHasCome() throws Exception {
        String metrics = proxy.call("GET", "/metrics", "").body();

        for (String figure : List.of("done", "total", "rate")) {
            assertTrue(metrics.contains("cutover_work_" + figure + "_rows{tenant=\"acme\"} 0.0"), metrics);
        }
    }

    /** Preparing waits for a lock on the idle side's table, so it is at work while the second one comes. */
    @Test
    void aSecondOperationOnTheTenantIsAConflict() throws Exception {
        HttpResponse<String> second;
        String first;
        try (Connection connection = app.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE v2.t");
            first = proxy.call("POST", "/v1/tenants/acme/prepare", "").body();

            second = proxy.call("POST", "/v1/tenants/acme/check", "");
            connection.rollback();
        }

        assertEquals(409, second.statusCode());
        assertEquals(
                "tenant acme is busy: prepare is running",
                JSON.readTree(second.body()).path("error").asText());
        String path =
                "/v1/tenants/acme/operations/" + JSON.readTree(first).path("id").asText() + "?wait=20000";
        assertEquals(
                "SUCCEEDED",
                JSON.readTree(proxy.call("GET", path, "").body()).path("state").asText());
    }
}
