package dev.cutover.proxy.lifecycle;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.config.control.Json;
import dev.cutover.config.control.Operation;
import dev.cutover.config.control.TenantStatus;
import dev.cutover.config.runtime.ProxyRuntime.RunningProxy;
import dev.cutover.config.yaml.ConfigLoader;
import dev.cutover.proxy.NettyProxyRuntime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A proxy in a process of its own, to be killed. */
final class ProxyProcess {
    static final String TOKEN = "test-token";

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
        System.out.println("READY " + proxy.port() + " " + proxy.adminPort());
        Thread.currentThread().join();
    }

    static ProxyProcess start(Path config) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ProxyProcess.class.getName(),
                        config.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("READY ")) {
                String[] parts = line.split(" ");
                return new ProxyProcess(process, Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
            }
        }
        throw new IOException("the proxy ended before it was ready");
    }

    int port() {
        return port;
    }

    /** SIGKILL; returns when the process is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    TenantStatus status() throws Exception {
        return JSON.readValue(call("GET", "/v1/tenants/acme"), TenantStatus.class);
    }

    /** Starts a verb and does not wait. */
    Operation start(String verb) throws Exception {
        return JSON.readValue(call("POST", "/v1/tenants/acme/" + verb), Operation.class);
    }

    /** Runs a verb to its end. */
    Operation run(String verb) throws Exception {
        Operation operation = start(verb);
        while (!operation.ended()) {
            operation = JSON.readValue(
                    call("GET", "/v1/tenants/acme/operations/" + operation.id() + "?wait=1000"), Operation.class);
        }
        return operation;
    }

    private String call(String method, String path) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + path))
                                .header("Authorization", "Bearer " + TOKEN)
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }
}
