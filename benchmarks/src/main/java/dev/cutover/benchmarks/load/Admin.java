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

    /** Waits for the operation's end. @return how many seconds it took */
    double end(String tenant, String id) throws IOException, InterruptedException {
        while (true) {
            JsonNode operation = operation(tenant, id, 10_000);
            String state = operation.get("state").textValue();
            if (state.equals("SUCCEEDED")) {
                Duration took = Duration.between(
                        Instant.parse(operation.get("startedAt").textValue()),
                        Instant.parse(operation.get("endedAt").textValue()));
                return took.toNanos() / 1e9;
            } else if (!state.equals("RUNNING")) {
                throw new IOException(operation.toString());
            }
        }
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
