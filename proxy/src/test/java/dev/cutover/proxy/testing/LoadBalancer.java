// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import dev.cutover.dualwrite.testing.ChildProcess;
import dev.cutover.dualwrite.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** HAProxy in front of several proxies. It asks each for {@code /ready}, and ends the sessions of one that does not answer. */
public final class LoadBalancer implements AutoCloseable {
    private static final String CONFIG = """
            defaults
              mode tcp
              timeout connect 1s
              timeout client 10m
              timeout server 10m
              timeout check 500ms
            frontend clients
              bind 127.0.0.1:%d
              default_backend fleet
            backend fleet
              balance roundrobin
              option httpchk GET /ready
              http-check expect status 200
              default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
            """;

    private final Process process;
    private final int port;

    private LoadBalancer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * @param port where clients of a server connect to
     * @param checkPort where its {@code /ready} is asked for
     */
    public record Server(int port, int checkPort) {}

    /** Starts it, and returns when it accepts connections. @param config where its configuration is written */
    public static LoadBalancer start(Path config, List<Server> servers) throws Exception {
        int port = freePort();
        StringBuilder text = new StringBuilder(CONFIG.formatted(port));
        for (Server server : servers) {
            text.append("  server at")
                    .append(server.port())
                    .append(" 127.0.0.1:")
                    .append(server.port())
                    .append(" port ")
                    .append(server.checkPort())
                    .append('\n');
        }
        Files.writeString(config, text);
        Process process = ChildProcess.relayErrors(new ProcessBuilder("haproxy", "-db", "-q", "-f", config.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        LoadBalancer started = new LoadBalancer(process, port);
        Eventually.until("HAProxy listens", Duration.ofMinutes(1), started::listens);
        return started;
    }

    private boolean listens() throws IOException {
        if (!process.isAlive()) {
            throw new IOException("HAProxy has ended with " + process.exitValue());
        }
        try (Socket ignored = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Where clients connect to. */
    public int port() {
        return port;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }
}
