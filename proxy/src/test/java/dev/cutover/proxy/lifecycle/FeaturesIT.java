// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;

/** Features of a tenant as its applications see them, while it moves from version 1 to version 2. */
@ExtendWith(PostgresExtension.class)
class FeaturesIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FLAGS = "/ofrep/v1/evaluate/flags";
    private static final String ACME = "{\"context\": {\"tenant\": \"acme\"}}";

    @TempDir
    private Path directory;

    private TestServer server;
    private Path file;
    private WholeProxy proxy;

    @BeforeEach
    void start(TestDatabase app, TestDatabase control) throws Exception {
        server = app.server();
        app.execute("CREATE SCHEMA v1; CREATE TABLE v1.t (id int PRIMARY KEY)");
        Path migrations = Files.createDirectory(directory.resolve("migrations"));
        Files.writeString(migrations.resolve("V1__t.sql"), "CREATE TABLE t (id int PRIMARY KEY)");
        Files.writeString(migrations.resolve("V2__note.sql"), "ALTER TABLE t ADD COLUMN note text");
        file = Files.writeString(directory.resolve("cutover.yaml"), """
                listen: {port: 0}
                admin: {port: 0, token: %1$s}
                control: {url: "%2$s", user: "%3$s", password: "%4$s"}
                auth: {method: trust, users: {"%3$s": {password: "%4$s"}}}
                clusters: {main: {host: "%5$s", port: %6$d}}
                features:
                  new_checkout: {needs: "1.1"}
                  search: {needs: "1"}
                  others: {needs: "1", tenants: {except: [acme]}}
                tenants:
                  acme:
                    blue: {cluster: main, database: %7$s, schema: v1}
                    green: {cluster: main, database: %7$s, schema: v2}
                    maintenance: {user: "%3$s", password: "%4$s"}
                    migrations: {tool: flyway, locations: [migrations]}
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        server.user(),
                        server.password().isEmpty() ? "none" : server.password(),
                        server.host(),
                        server.port(),
                        app.name()));
        proxy = WholeProxy.start(file);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private Connection connect() throws SQLException {
        return proxy.connect("acme", server.user(), "none");
    }

    private void baseline() throws Exception {
        Operation operation = proxy.attempt("acme", "baseline", "{\"version\": \"1\"}");
        assertEquals(Operation.State.SUCCEEDED, operation.state(), operation::toString);
    }

    private static String told(Connection client, String feature) throws SQLException {
        return client.unwrap(PGConnection.class).getParameterStatus("cutover.feature." + feature);
    }

    private static String shown(Statement statement, String parameter) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW cutover." + parameter)) {
            row.next();
            assertEquals("cutover." + parameter, row.getMetaData().getColumnName(1));
            return row.getString(1);
        }
    }

    private static String shown(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void anOpenSessionSeesFeaturesChangeWithAFlipAndARollback() throws Exception {
        try (Connection client = connect();
                Statement statement = client.createStatement();
                PreparedStatement prepared = client.prepareStatement("SHOW cutover.feature.new_checkout")) {
            prepared.unwrap(PGStatement.class).setPrepareThreshold(1);
            assertEquals("off", told(client, "search"));
            baseline();
            assertEquals("on", shown(statement, "feature.search"));
            assertEquals("on", told(client, "search"));
            assertEquals("off", told(client, "new_checkout"));
            assertEquals("off", told(client, "others"));
            assertEquals("1", shown(statement, "schema_version"));
            assertEquals("off", shown(prepared));

            proxy.run("acme", "prepare", "mirror", "backfill", "verify");
            client.setAutoCommit(false);
            statement.execute("SELECT 1");
            assertEquals("off", shown(statement, "feature.new_checkout"));
            client.commit();
            client.setAutoCommit(true);
            proxy.run("acme", "flip");
            statement.execute("SELECT 1");
            assertEquals("on", told(client, "new_checkout"));
            assertEquals("on", shown(statement, "feature.new_checkout"));
            assertEquals("on", shown(prepared));
            assertEquals("green", shown(statement, "side"));

            proxy.run("acme", "rollback");
            assertEquals("off", shown(prepared));
            assertEquals("off", told(client, "new_checkout"));
            assertEquals("blue", shown(statement, "side"));
        }
    }

    @Test
    void aReloadChangesFeaturesOfAnOpenSession() throws Exception {
        baseline();
        try (Connection client = connect();
                Statement statement = client.createStatement()) {
            assertEquals("off", told(client, "new_checkout"));
            Files.writeString(
                    file,
                    Files.readString(file)
                            .replace("{needs: \"1.1\"}", "{needs: \"0.9\"}")
                            .replace("  search: {needs: \"1\"}\n", ""));

            HttpResponse<String> reload = proxy.call("POST", "/v1/reload", "");

            assertEquals(200, reload.statusCode(), reload.body());
            statement.execute("SELECT 1");
            assertEquals("on", told(client, "new_checkout"));
            assertEquals("off", told(client, "search"));
            assertEquals("on", shown(statement, "feature.new_checkout"));
            assertEquals(
                    "42704",
                    assertThrows(SQLException.class, () -> shown(statement, "feature.search"))
                            .getSQLState());
        }
    }

    @Test
    void aFailedTransactionRefusesToShow() throws Exception {
        try (Connection client = connect();
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            SQLException unknown = assertThrows(SQLException.class, () -> shown(statement, "feature.unknown"));
            assertEquals("42704", unknown.getSQLState());
            assertEquals(
                    "25P02",
                    assertThrows(SQLException.class, () -> shown(statement, "feature.search"))
                            .getSQLState());
            client.rollback();
            assertEquals("off", shown(statement, "feature.search"));
            assertEquals("blue", shown(statement, "side"));
        }
    }

    @Test
    void theAdminApiListsFeaturesWithTheirReasons() throws Exception {
        baseline();

        assertEquals(
                JSON.readTree("""
                        [{"name": "new_checkout", "on": false, "reason": "the serving side has version 1, lower than 1.1",
                          "needs": "1.1", "version": "1"},
                         {"name": "search", "on": true, "reason": "the serving side has version 1", "needs": "1",
                          "version": "1"},
                         {"name": "others", "on": false, "reason": "the feature's tenants do not include this one",
                          "needs": "1", "version": "1"}]
                        """),
                JSON.readTree(proxy.call("GET", "/v1/tenants/acme/features", "").body()));
    }

    @Test
    void aFlagIsEvaluatedForTheTenantOfTheContext() throws Exception {
        baseline();

        HttpResponse<String> response = proxy.call("POST", FLAGS + "/search", ACME);

        assertEquals(200, response.statusCode());
        assertEquals(JSON.readTree("""
                        {"key": "search", "value": true, "reason": "TARGETING_MATCH", "variant": "on", "metadata":
                         {"needs": "1", "version": "1", "why": "the serving side has version 1"}}
                        """), JSON.readTree(response.body()));
    }

    @Test
    void allFlagsAreAnsweredAgainOnlyIfTheyHaveChanged() throws Exception {
        HttpResponse<String> first = proxy.call("POST", FLAGS, ACME);
        String tag = first.headers().firstValue("ETag").orElseThrow();

        assertEquals(200, first.statusCode());
        assertEquals(3, JSON.readTree(first.body()).path("flags").size());
        assertEquals("304 ", bulk("\"other\", " + tag));
        assertEquals("304 ", bulk("W/" + tag));
        baseline();
        assertEquals("200", bulk(tag).substring(0, 3));
    }

    private String bulk(String known) throws Exception {
        HttpResponse<String> response = proxy.send(HttpRequest.newBuilder(proxy.uri(FLAGS))
                .header("X-API-Key", WholeProxy.TOKEN)
                .header("If-None-Match", known)
                .POST(BodyPublishers.ofString(ACME))
                .build());
        return response.statusCode() + " " + response.body();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/unknown | {'context': {'tenant': 'acme'}} | 404 | FLAG_NOT_FOUND",
                "/search | {'context': {'tenant': 'nope'}} | 400 | INVALID_CONTEXT",
                "/search | {'context': {'tenant': 1}} | 400 | INVALID_CONTEXT",
                "/search | {'context': []} | 400 | INVALID_CONTEXT",
                "/search | {'context': {'plan': 'free'}} | 400 | TARGETING_KEY_MISSING",
                "/search | {} | 400 | TARGETING_KEY_MISSING",
                "/search | {'context': | 400 | PARSE_ERROR",
                "/search | [] | 400 | PARSE_ERROR",
                "/search | '' | 400 | PARSE_ERROR",
                "'' | {'context': {'targetingKey': 'nope'}} | 400 | INVALID_CONTEXT",
                "'' | {} {} | 400 | PARSE_ERROR"
            },
            quoteCharacter = '`')
    void whatCannotBeEvaluatedHasTheProtocolsCode(String key, String body, int status, String code) throws Exception {
        String flag = key.replace("''", "");
        HttpResponse<String> response =
                proxy.call("POST", FLAGS + flag, body.equals("''") ? "" : body.replace('\'', '"'));

        JsonNode failure = JSON.readTree(response.body());
        assertEquals(
                status + " " + code,
                response.statusCode() + " " + failure.path("errorCode").asText());
        assertEquals(flag, failure.has("key") ? "/" + failure.path("key").asText() : "");
    }

    @Test
    void withoutTheTokenNothingIsEvaluated() throws Exception {
        for (String path : new String[] {FLAGS, FLAGS + "/search"}) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(proxy.uri(path)).POST(BodyPublishers.ofString(ACME));
            assertEquals(401, proxy.send(request.build()).statusCode());
            assertEquals(
                    401,
                    proxy.send(request.header("X-API-Key", "wrong").build()).statusCode());
        }
        HttpRequest elsewhere = HttpRequest.newBuilder(proxy.uri("/v1/tenants"))
                .header("X-API-Key", WholeProxy.TOKEN)
                .build();
        assertEquals(401, proxy.send(elsewhere).statusCode());
    }

    @Test
    void openFeaturesOwnSdkEvaluatesFeatures() throws Exception {
        NodePackage.installOpenFeature();
        baseline();
        Path script = NodePackage.FOLDER.resolve("openfeature.js");
        try (InputStream text =
                Objects.requireNonNull(FeaturesIT.class.getResourceAsStream("clients/openfeature.js"))) {
            Files.copy(text, script, StandardCopyOption.REPLACE_EXISTING);
        }
        ProcessBuilder node = new ProcessBuilder("node", script.toString()).redirectErrorStream(true);
        node.environment().put("ADMIN", proxy.uri("").toString());
        node.environment().put("TOKEN", WholeProxy.TOKEN);

        Process process = node.start();

        assertEquals("""
                new_checkout false off TARGETING_MATCH undefined 1.1 1
                search true on TARGETING_MATCH undefined 1 1
                search true on TARGETING_MATCH undefined 1 1
                unknown false undefined ERROR FLAG_NOT_FOUND undefined undefined
                search false undefined ERROR INVALID_CONTEXT undefined undefined
                search false undefined ERROR TARGETING_KEY_MISSING undefined undefined
                """, new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(0, process.waitFor());
    }
}
