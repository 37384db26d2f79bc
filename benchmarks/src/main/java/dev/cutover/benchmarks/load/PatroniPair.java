// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A primary and a synchronous standby that Patroni runs, by the scenario's {@code patroni.yaml}. */
final class PatroniPair implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 180;
    private static final List<String> NAMES = List.of("one", "two");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Program> programs = new ArrayList<>();
    private final List<Integer> ports = List.of(Program.freePort(), Program.freePort());
    private final List<Integer> apis = List.of(Program.freePort(), Program.freePort());

    private PatroniPair() throws IOException {}

    static PatroniPair start(Path scenario) throws Exception {
        PatroniPair pair = new PatroniPair();
        try {
            pair.launch(scenario);
            pair.awaitSynchronous();
            pair.execute("postgres", "CREATE DATABASE " + Server.DATABASE);
        } catch (Exception e) {
            pair.close();
            throw e;
        }
        return pair;
    }

    private void launch(Path scenario) throws Exception {
        Path directory = Files.createTempDirectory("cutover-patroni");
        // The servers' user may be another one.
        directory.toFile().setWritable(true, false);
        directory.toFile().setExecutable(true, false);
        directory.toFile().setReadable(true, false);
        int etcd = Program.freePort();
        String peers = "http://127.0.0.1:" + Program.freePort();
        String clients = "http://127.0.0.1:" + etcd;
        Program store = Program.start(
                directory.resolve("etcd.log"),
                List.of(
                        "unshare",
                        "-U",
                        "etcd",
                        "--data-dir=" + directory.resolve("etcd"),
                        "--listen-client-urls=" + clients,
                        "--advertise-client-urls=" + clients,
                        "--listen-peer-urls=" + peers,
                        "--initial-advertise-peer-urls=" + peers,
                        "--initial-cluster=default=" + peers));
        programs.add(store);
        store.awaitPort(etcd);
        for (int i = 0; i < NAMES.size(); i++) {
            Path config = directory.resolve(NAMES.get(i) + ".yaml");
            Files.writeString(
                    config,
                    Files.readString(scenario.resolve("patroni.yaml"))
                            .replace("@name@", NAMES.get(i))
                            .replace("@port@", Integer.toString(ports.get(i)))
                            .replace("@api@", Integer.toString(apis.get(i)))
                            .replace("@etcd@", Integer.toString(etcd))
                            .replace("@directory@", directory.toString())
                            .replace(
                                    "@bin@",
                                    Path.of(Pgbench.binary()).resolveSibling("").toString()));
            programs.add(Program.start(
                    directory.resolve(NAMES.get(i) + ".log"), List.of("unshare", "-U", "patroni", config.toString())));
        }
    }

    /** Placeholders of the servers' ports in configurations. */
    Map<String, String> places() {
        return Map.of(
                "@one@", Integer.toString(ports.get(0)),
                "@two@", Integer.toString(ports.get(1)),
                "@api-one@", Integer.toString(apis.get(0)),
                "@api-two@", Integer.toString(apis.get(1)));
    }

    /** The primary, as a contender. */
    Contender direct() throws Exception {
        return new Contender(Contender.DIRECT, ports.get(primary()), Server.DATABASE, 0);
    }

    void execute(String database, String sql) throws Exception {
        try (Connection connection = connect(primary(), database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Hands over to the standby. @return microseconds until it took writes */
    long switchover() throws Exception {
        int before = primary();
        int next = 1 - before;
        String body = "{\"leader\": \"" + NAMES.get(before) + "\", \"candidate\": \"" + NAMES.get(next) + "\"}";
        long begin = System.nanoTime();
        HttpResponse<String> answer = http.send(
                request(before, "switchover")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException("switchover: " + answer.statusCode() + " " + answer.body());
        }
        await("the new primary takes writes", () -> takesWrites(next));
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin);
    }

    /** Until another switchover is possible. */
    void awaitSynchronous() throws Exception {
        await("a synchronous standby", () -> {
            for (int i = 0; i < NAMES.size(); i++) {
                if (answers(i, "primary") && answers(1 - i, "synchronous") && takesWrites(i) && replicates(i)) {
                    return true;
                }
            }
            return false;
        });
    }

    private int primary() throws Exception {
        await("a primary", () -> takesWrites(0) || takesWrites(1));
        return takesWrites(0) ? 0 : 1;
    }

    private boolean takesWrites(int node) {
        return says(node, "SELECT NOT pg_is_in_recovery()");
    }

    private boolean replicates(int node) {
        return says(node, "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'");
    }

    private boolean says(int node, String query) {
        try (Connection connection = connect(node, "postgres");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() && row.getBoolean(1);
        } catch (SQLException e) {
            return false;
        }
    }

    private Connection connect(int node, String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + ports.get(node) + "/" + database, Server.USER, "");
    }

    private boolean answers(int node, String role) throws InterruptedException {
        try {
            return http.send(request(node, role).build(), BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private HttpRequest.Builder request(int node, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + apis.get(node) + "/" + path));
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("not within " + PATIENCE_SECONDS + " s: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** Patroni ends its server. The standby ends first, so that it is not promoted. */
    @Override
    public void close() {
        List<Program> order = new ArrayList<>(programs);
        if (order.size() > NAMES.size() && takesWrites(1)) {
            order.add(order.remove(1));
        }
        for (int i = order.size() - 1; i >= 0; i--) {
            order.get(i).close();
        }
    }
}
