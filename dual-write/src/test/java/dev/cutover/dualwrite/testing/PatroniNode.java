// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One Patroni and the server that it runs, on data of its own. */
public final class PatroniNode {
    private static final long SHUTDOWN_SECONDS = 60;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String name;
    private final Path directory;
    private final int port = InstalledPostgres.freePort();
    private final int apiPort = InstalledPostgres.freePort();
    private @Nullable Process patroni;

    /** @param etcd the port of the cluster's etcd */
    PatroniNode(String name, Path directory, int etcd) throws IOException {
        this.name = name;
        this.directory = directory;
        Files.writeString(config(), """
                scope: cutover
                name: %1$s
                restapi: {listen: "127.0.0.1:%2$d", connect_address: "127.0.0.1:%2$d"}
                etcd3: {hosts: "127.0.0.1:%3$d"}
                watchdog: {mode: "off"}
                bootstrap:
                  dcs:
                    ttl: 15
                    loop_wait: 1
                    retry_timeout: 7
                    maximum_lag_on_failover: 104857600
                    synchronous_mode: true
                    postgresql:
                      use_pg_rewind: true
                      remove_data_directory_on_rewind_failure: true
                      parameters:
                        {wal_level: logical, max_connections: 100, max_prepared_transactions: 20, fsync: "off"}
                  initdb: [{encoding: UTF8}, {locale: C}, {auth: trust}, no-sync]
                postgresql:
                  listen: "127.0.0.1:%4$d"
                  connect_address: "127.0.0.1:%4$d"
                  bin_dir: "%5$s"
                  data_dir: "%6$s"
                  pgpass: "%6$s.pgpass"
                  authentication:
                    superuser: {username: postgres, password: none}
                    replication: {username: postgres, password: none}
                  parameters: {unix_socket_directories: ""}
                  pg_hba: [host all all 127.0.0.1/32 trust, host replication all 127.0.0.1/32 trust]
                """.formatted(
                        name,
                        apiPort,
                        etcd,
                        port,
                        Path.of(InstalledPostgres.program("postgres")).getParent(),
                        data()));
    }

    /** The server, to which a superuser may log in. */
    public TestServer server() {
        return TestServer.at(port);
    }

    public int port() {
        return port;
    }

    String name() {
        return name;
    }

    /** Starts Patroni, which starts the server. */
    void start() throws IOException {
        patroni = new ProcessBuilder(InstalledPostgres.as("patroni", config().toString()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .start();
    }

    /** Sends SIGKILL to Patroni and to the whole server. */
    void kill() throws IOException, InterruptedException {
        Process killed = patroni;
        if (killed != null) {
            killed.destroyForcibly().waitFor();
        }
        Optional<ProcessHandle> postmaster = postmaster();
        if (postmaster.isPresent()) {
            killAtOnce(Stream.concat(postmaster.stream(), postmaster.get().descendants())
                    .toList());
        }
    }

    private static void killAtOnce(List<ProcessHandle> processes) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", "-KILL"));
        processes.forEach(process -> command.add(Long.toString(process.pid())));
        // One of them may have ended meanwhile.
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        for (ProcessHandle process : processes) {
            process.onExit().join();
        }
    }

    /** Ends Patroni, which ends its server. */
    void stop() throws IOException, InterruptedException {
        Process stopped = patroni;
        if (stopped != null) {
            stopped.toHandle().destroy();
            stopped.waitFor(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
            kill();
        }
    }

    boolean running() {
        return patroni != null && patroni.isAlive();
    }

    /** Whether it has the leader's lock, and its server takes writes. */
    boolean primary() throws InterruptedException {
        return answers("primary") && says("SELECT NOT pg_is_in_recovery()");
    }

    /** Whether this primary waits for the standby before it acknowledges a commit. */
    boolean waitsFor(PatroniNode standby) throws InterruptedException {
        return standby.answers("synchronous")
                && says(
                        "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND application_name = '"
                                + standby.name + "'");
    }

    private boolean says(String query) {
        try {
            return new TestDatabase(server(), "postgres").query(query).equals(List.of("t"));
        } catch (SQLException e) {
            return false;
        }
    }

    /** Asks this primary to hand over. @return Patroni's answer */
    HttpResponse<String> switchover(PatroniNode next) throws IOException, InterruptedException {
        String body = "{\"leader\": \"" + name + "\", \"candidate\": \"" + next.name + "\"}";
        return http.send(
                request("switchover").POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private boolean answers(String role) throws InterruptedException {
        try {
            return http.send(request(role).GET().build(), BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + apiPort + "/" + path));
    }

    /** What Patroni and the server have written. */
    Path log() {
        return directory.resolve(name + ".log");
    }

    private Path config() {
        return directory.resolve(name + ".yml");
    }

    private Path data() {
        return directory.resolve(name);
    }

    /** Patroni starts the server as no child of its own. */
    private Optional<ProcessHandle> postmaster() throws IOException {
        Path file = data().resolve("postmaster.pid");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).get(0).strip()))
                .filter(process -> process.info().command().orElse("").endsWith("postgres"));
    }
}
