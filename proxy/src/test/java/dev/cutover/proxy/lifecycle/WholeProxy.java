// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.adminapi.Json;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.launch.ProxyRuntime.RunningProxy;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.yaml.ConfigException;
import dev.cutover.config.yaml.ConfigLoader;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.proxy.NettyProxyRuntime;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;

/** A proxy as {@code cutover proxy --config FILE} starts it, in this process, spoken to over its ports only. */
final class WholeProxy implements AutoCloseable {
    static final String TOKEN = "test-token";

    private static final ObjectMapper JSON = Json.mapper();

    private final RunningProxy proxy;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private WholeProxy(RunningProxy proxy) {
        this.proxy = proxy;
    }

    static WholeProxy start(Path config) throws Exception {
        return new WholeProxy(new NettyProxyRuntime().start(ConfigLoader.load(config), () -> {
            try {
                return ConfigLoader.load(config);
            } catch (ConfigException e) {
                throw new StartupException(String.valueOf(e.getMessage()), e);
            }
        }));
    }

    int port() {
        return proxy.port();
    }

    Connection connect(String tenant, String user, String password) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port() + "/" + tenant, user, password);
    }

    /** Calls the admin API with the token. */
    HttpResponse<String> call(String method, String path, String body) throws Exception {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Authorization", "Bearer " + TOKEN)
                .method(method, BodyPublishers.ofString(body))
                .build());
    }

    HttpResponse<String> send(HttpRequest request) throws Exception {
        return http.send(request, BodyHandlers.ofString());
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + proxy.adminPort() + path);
    }

    /** Runs a verb to its end, whatever that is. */
    Operation attempt(String tenant, String verb, String body) throws Exception {
        Operation operation = JSON.readValue(
                call("POST", "/v1/tenants/" + tenant + "/" + verb, body).body(), Operation.class);
        while (!operation.ended()) {
            String path = "/v1/tenants/" + tenant + "/operations/" + operation.id() + "?wait=5000";
            operation = JSON.readValue(call("GET", path, "").body(), Operation.class);
        }
        return operation;
    }

    /** Runs verbs that must succeed. */
    void run(String tenant, String... verbs) throws Exception {
        for (String verb : verbs) {
            Operation operation = attempt(tenant, verb, "");
            if (operation.state() != Operation.State.SUCCEEDED) {
                throw new AssertionError(verb + ": " + operation.state() + ": " + operation.message() + " "
                        + operation.findings() + operation.blockers());
            }
        }
    }

    TenantStatus status(String tenant) throws Exception {
        return JSON.readValue(call("GET", "/v1/tenants/" + tenant, "").body(), TenantStatus.class);
    }

    /** Until what was left to the net has been carried over; for when nobody writes. */
    void awaitNoMarks(String tenant) throws Exception {
        Eventually.until("no mark of " + tenant + " is left", Duration.ofMinutes(1), () -> {
            return status(tenant).marks().pending() == 0;
        });
    }

    @Override
    public void close() {
        proxy.close();
    }
}
