// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.adminapi.Json;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.ProxyStatus;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.TenantSummary;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.launch.ProxyRuntime.RunningProxy;
import dev.cutover.config.yaml.ConfigLoader;
import dev.cutover.dualwrite.testing.ChildProcess;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.NettyProxyRuntime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A proxy in a process of its own, to be killed. */
public final class ProxyProcess {
    public static final String TOKEN = "test-token";

    private static final ObjectMapper JSON = Json.mapper();

    private final Process process;
    private final int port;
    private final int adminPort;
    private final HttpClient http = HttpClient.newHttpClient();

    private ProxyProcess(Process process, int port, int adminPort) {
        this.process = process;
        this.port = port;
        this.adminPort = adminPort;
    }

    /** What runs in the process. */
    public static void main(String[] arguments) throws Exception {
        RunningProxy proxy = new NettyProxyRuntime().start(ConfigLoader.load(Path.of(arguments[0])));
        proxy.onDrain(() -> {
            proxy.close();
            System.exit(0);
        });
        System.out.println("READY " + proxy.port() + " " + proxy.adminPort());
        ChildProcess.awaitParentsEnd();
        System.exit(0);
    }

    public static ProxyProcess start(Path config) throws Exception {
        Process process = ChildProcess.relayErrors(new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ProxyProcess.class.getName(),
                        config.toString()))
                .start());
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("READY ")) {
                String[] parts = line.split(" ");
                ProxyProcess started =
                        new ProxyProcess(process, Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
                relay(out);
                started.awaitFirstRecovery();
                return started;
            }
        }
        throw new IOException("the proxy ended before it was ready");
    }

    /** What the process logs. Whoever does not read it stops the process when the pipe is full. */
    private static void relay(BufferedReader out) {
        Thread relay = new Thread(() -> out.lines().forEach(System.err::println), "output of a proxy");
        relay.setDaemon(true);
        relay.start();
    }

    /** Waits until acme is recovered, or the reason why it is not is known, or the control database does not answer. */
    private void awaitFirstRecovery() throws Exception {
        try {
            Eventually.until("acme is recovered", Duration.ofSeconds(60), () -> {
                TenantStatus status = status();
                return !"recover".equals(status.running()) || status.resyncTrouble() != null;
            });
        } catch (AssertionError e) {
            throw new AssertionError("acme is not recovered: " + status(), e);
        }
    }

    /** The configuration of a tenant acme with its sides in schemas v1 and v2. */
    static String yaml(TestDatabase app, TestDatabase green, TestDatabase control) {
        String password = app.server().password().isEmpty()
                ? ""
                : ", password: \"" + app.server().password() + "\"";
        return """
                listen: {host: 127.0.0.1, port: 0}
                admin: {host: 127.0.0.1, port: 0, token: %1$s}
                control: {url: "%2$s", user: %3$s%4$s}
                auth: {method: trust}
                clusters:
                  main: {host: "%5$s", port: %6$d}
                  other: {host: "%10$s", port: %11$d}
                tenants:
                  acme:
                    blue: {cluster: main, database: %7$s, schema: v1}
                    green: {cluster: %12$s, database: %8$s, schema: v2}
                    mirror: %9$s
                    maintenance: {user: %3$s%4$s}
                    drain-timeout: 5s
                """.formatted(
                        TOKEN,
                        control.url(),
                        app.server().user(),
                        password,
                        app.server().host(),
                        app.server().port(),
                        app.name(),
                        green.name(),
                        app == green ? "inline" : "deferred",
                        green.server().host(),
                        green.server().port(),
                        app.server() == green.server() ? "main" : "other");
    }

    public int port() {
        return port;
    }

    int adminPort() {
        return adminPort;
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** Sends a signal to the process. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** Waits for the end of the process. @return its exit status */
    int awaitEnd() throws InterruptedException {
        return process.waitFor();
    }

    /** What it tells load balancers: an HTTP status. */
    int ready() throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + "/ready"))
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }

    /** Asks this proxy to have another one of its fleet, or itself, drain. */
    void drain(int number) throws IOException, InterruptedException {
        call("POST", "/v1/proxies/" + number + "/drain", "");
    }

    /** The proxies of its fleet. */
    List<ProxyStatus> fleet() throws IOException, InterruptedException {
        return List.of(JSON.readValue(call("GET", "/v1/proxies", ""), ProxyStatus[].class));
    }

    void pause() throws IOException, InterruptedException {
        call("POST", "/v1/tenants/acme/pause", "");
    }

    void resume() throws IOException, InterruptedException {
        call("POST", "/v1/tenants/acme/resume", "");
    }

    public TenantStatus status() throws IOException, InterruptedException {
        return JSON.readValue(call("GET", "/v1/tenants/acme", ""), TenantStatus.class);
    }

    /** Starts a verb and does not wait. */
    public Operation start(String verb) throws Exception {
        return start(verb, VerbRequest.PLAIN);
    }

    /** Likewise, with more to say. */
    public Operation start(String verb, VerbRequest request) throws Exception {
        String body = request == VerbRequest.PLAIN ? "" : JSON.writeValueAsString(request);
        return JSON.readValue(call("POST", "/v1/tenants/acme/" + verb, body), Operation.class);
    }

    /** Runs a verb on any tenant, to its end. */
    Operation run(String tenant, String verb, VerbRequest request) throws Exception {
        String path = "/v1/tenants/" + tenant + "/" + verb;
        return await(JSON.readValue(call("POST", path, JSON.writeValueAsString(request)), Operation.class));
    }

    /** All tenants, as one answer lists them. */
    List<TenantSummary> tenants() throws IOException, InterruptedException {
        return List.of(JSON.readValue(call("GET", "/v1/tenants", ""), TenantSummary[].class));
    }

    /** Runs a verb to its end. */
    public Operation run(String verb) throws Exception {
        return await(start(verb));
    }

    /** Waits until an operation has ended. */
    public Operation await(Operation operation) throws Exception {
        Operation now = operation;
        while (!now.ended()) {
            now = JSON.readValue(
                    call("GET", "/v1/tenants/" + now.tenant() + "/operations/" + now.id() + "?wait=1000", ""),
                    Operation.class);
        }
        return now;
    }

    /**
     * A call about campaigns.
     *
     * @param path what follows {@code /v1/campaigns}
     */
    String campaign(String method, String path, String body) throws IOException, InterruptedException {
        return call(method, "/v1/campaigns" + path, body);
    }

    /** Likewise, with the answer read. */
    <T> T campaign(String method, String path, String body, Class<T> type) throws IOException, InterruptedException {
        return JSON.readValue(campaign(method, path, body), type);
    }

    /** @throws IOException if the answer is not 200 */
    private String call(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + path))
                        .header("Authorization", "Bearer " + TOKEN)
                        .timeout(Duration.ofSeconds(60))
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(path + ": " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }
}
