// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A primary and a standby that Patroni runs, with replication in its synchronous mode: what a client was acknowledged is on both. They
 * elect by one etcd.
 */
public final class PatroniCluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Path directory;
    private final Process etcd;
    private final List<PatroniNode> nodes;

    private PatroniCluster(Path directory, Process etcd, List<PatroniNode> nodes) {
        this.directory = directory;
        this.etcd = etcd;
        this.nodes = nodes;
    }

    /** Returns when the standby is synchronous. */
    public static PatroniCluster start() throws Exception {
        Path directory = Files.createTempDirectory("cutover-patroni");
        // The servers' user may be another one.
        if (!directory.toFile().setWritable(true, false)
                || !directory.toFile().setReadable(true, false)
                || !directory.toFile().setExecutable(true, false)) {
            throw new IOException("cannot open " + directory + " to other users");
        }
        int port = InstalledPostgres.freePort();
        Process etcd = startEtcd(directory, port);
        PatroniCluster cluster = new PatroniCluster(
                directory,
                etcd,
                List.of(new PatroniNode("one", directory, port), new PatroniNode("two", directory, port)));
        try {
            awaitEtcd(etcd, port, directory);
            for (PatroniNode node : cluster.nodes) {
                node.start();
            }
            cluster.awaitSynchronous();
        } catch (Exception | AssertionError e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private static Process startEtcd(Path directory, int port) throws IOException {
        String clients = "http://127.0.0.1:" + port;
        String peers = "http://127.0.0.1:" + InstalledPostgres.freePort();
        return new ProcessBuilder(InstalledPostgres.as(
                        "etcd",
                        "--data-dir=" + directory.resolve("etcd"),
                        "--unsafe-no-fsync",
                        "--listen-client-urls=" + clients,
                        "--advertise-client-urls=" + clients,
                        "--listen-peer-urls=" + peers,
                        "--initial-advertise-peer-urls=" + peers,
                        "--initial-cluster=default=" + peers))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("etcd.log").toFile())
                .start();
    }

    private static void awaitEtcd(Process etcd, int port, Path directory) throws Exception {
        HttpClient http = HttpClient.newHttpClient();
        Eventually.until("etcd is healthy", PATIENCE, () -> {
            try {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health"))
                                .build(),
                        BodyHandlers.ofString());
                return answer.body().contains("true");
            } catch (IOException e) {
                if (!etcd.isAlive()) {
                    throw new IOException("etcd ended: " + Files.readString(directory.resolve("etcd.log")), e);
                }
                return false;
            }
        });
    }

    public List<PatroniNode> nodes() {
        return nodes;
    }

    /** The node that Patroni names as the primary; waits until there is one. */
    public PatroniNode primary() throws Exception {
        Eventually.until("a primary", PATIENCE, () -> lookForPrimary() != null);
        PatroniNode found = lookForPrimary();
        return found == null ? primary() : found;
    }

    private @Nullable PatroniNode lookForPrimary() throws InterruptedException {
        for (PatroniNode node : nodes) {
            if (node.primary()) {
                return node;
            }
        }
        return null;
    }

    /** The node that is not this one. */
    public PatroniNode other(PatroniNode node) {
        return nodes.get(0).equals(node) ? nodes.get(1) : nodes.get(0);
    }

    /** Returns when no failover can lose what was acknowledged, and a switchover is possible. */
    public void awaitSynchronous() throws Exception {
        try {
            Eventually.until("a primary and a synchronous standby", PATIENCE, () -> {
                PatroniNode primary = lookForPrimary();
                return primary != null && primary.waitsFor(other(primary));
            });
        } catch (AssertionError e) {
            throw new AssertionError(logs(), e);
        }
    }

    /** Hands over to the standby, as {@code patronictl switchover} does. @return the primary from now on */
    public PatroniNode switchover() throws Exception {
        awaitSynchronous();
        PatroniNode next = other(primary());
        // Patroni may refuse until it has seen the standby's last position; it may also answer before the end.
        Eventually.until("a switchover to " + next.name(), PATIENCE, () -> {
            return next.primary() || other(next).switchover(next).statusCode() == 200 && next.primary();
        });
        return next;
    }

    /** Sends SIGKILL to the primary and its Patroni. @return the node that has lost */
    public PatroniNode killPrimary() throws Exception {
        awaitSynchronous();
        PatroniNode lost = primary();
        lost.kill();
        return lost;
    }

    /** After {@link #killPrimary}: the node follows the other one, which is the primary now. */
    public void startAgain(PatroniNode lost) throws Exception {
        lost.start();
        awaitSynchronous();
    }

    /** Whatever a test has left behind: both nodes run again. */
    public void recover() throws Exception {
        for (PatroniNode node : nodes) {
            if (!node.running()) {
                node.start();
            }
        }
        awaitSynchronous();
    }

    private String logs() throws IOException {
        StringBuilder text = new StringBuilder();
        for (PatroniNode node : nodes) {
            List<String> lines =
                    Files.exists(node.log()) ? Files.readAllLines(node.log()) : List.of("Patroni did not start");
            lines.subList(Math.max(0, lines.size() - 30), lines.size())
                    .forEach(line ->
                            text.append(node.name()).append(": ").append(line).append('\n'));
        }
        return text.toString();
    }

    @Override
    public void close() throws Exception {
        // The standby ends first, so that it is not promoted.
        PatroniNode primary = lookForPrimary();
        if (primary != null) {
            other(primary).stop();
        }
        for (PatroniNode node : nodes) {
            node.stop();
        }
        etcd.toHandle().destroy();
        etcd.waitFor();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
