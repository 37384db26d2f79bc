// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;

/** The admin API of a proxy that a scenario has started. */
final class Admin {
    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final int port;

    Admin(int port) {
        this.port = port;
    }

    /** Runs a verb to its end. @return how many seconds the proxy was at it */
    double run(String tenant, String verb) throws IOException, InterruptedException {
        return end(tenant, start(tenant, verb));
    }

    /** @return the operation's id */
    String start(String tenant, String verb) throws IOException, InterruptedException {
        return send(request("/v1/tenants/" + tenant + "/" + verb).POST(HttpRequest.BodyPublishers.noBody()))
                .get("id")
                .textValue();
    }

    boolean running(String tenant, String id) throws IOException, InterruptedException {
        return operation(tenant, id, 0).get("state").textValue().equals("RUNNING");
    }

    /** Waits for the operation's end, which must be a good one. @return how many seconds it took */
    double end(String tenant, String id) throws IOException, InterruptedException {
        Ended ended = ended(tenant, id);
        if (!ended.succeeded()) {
            throw new IOException(ended.toString());
        }
        return ended.took().toNanos() / 1e9;
    }

    /**
     * How an operation ended.
     *
     * @param message what it says
     * @param holdMillis how long a flip or rollback held new transactions; 0 for others
     */
    record Ended(boolean succeeded, String message, Instant startedAt, Instant endedAt, double holdMillis) {
        Duration took() {
            return Duration.between(startedAt, endedAt);
        }
    }

    /** Waits for the operation's end, whatever it is. */
    Ended ended(String tenant, String id) throws IOException, InterruptedException {
        while (true) {
            JsonNode operation = operation(tenant, id, 10_000);
            String state = operation.get("state").textValue();
            if (!state.equals("RUNNING")) {
                return new Ended(
                        state.equals("SUCCEEDED"),
                        state + ": " + operation.path("message").asText(),
                        Instant.parse(operation.get("startedAt").textValue()),
                        Instant.parse(operation.get("endedAt").textValue()),
                        operation.path("flip").path("holdMillis").asDouble());
            }
        }
    }

    /** Where the tenant stands. */
    JsonNode status(String tenant) throws IOException, InterruptedException {
        return send(request("/v1/tenants/" + tenant).GET());
    }

    /** What its clients have sent that writes, and how that was mirrored. */
    JsonNode statements(String tenant) throws IOException, InterruptedException {
        return send(request("/v1/tenants/" + tenant + "/statements").GET());
    }

    /** @param manifest YAML */
    void startCampaign(String manifest) throws IOException, InterruptedException {
        send(request("/v1/campaigns").POST(HttpRequest.BodyPublishers.ofString(manifest)));
    }

    JsonNode campaign(String name) throws IOException, InterruptedException {
        return send(request("/v1/campaigns/" + name).GET());
    }

    private JsonNode operation(String tenant, String id, long waitMillis) throws IOException, InterruptedException {
        return send(request("/v1/tenants/" + tenant + "/operations/" + id + "?wait=" + waitMillis)
                .GET());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", "Bearer bench");
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(response.statusCode() + " " + response.body());
        }
        return json.readTree(response.body());
    }
}
