// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A server started from the machine's own package of PostgreSQL, on a data directory of its own. */
public final class InstalledPostgres implements AutoCloseable {
    /** Where Debian keeps the programs of each version. */
    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

    private volatile Process process;
    private final Path data;
    private final int port;

    private InstalledPostgres(Process process, Path data, int port) {
        this.process = process;
        this.data = data;
        this.port = port;
    }

    static InstalledPostgres start() throws Exception {
        Path data = DataDirectory.create();
        run(as(program("initdb"), "-D", data.toString(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"));
        int port = freePort();
        InstalledPostgres started = new InstalledPostgres(launch(data, port), data, port);
        started.awaitConnections();
        return started;
    }

    /** Another server that follows this one by streaming replication. */
    InstalledPostgres standby() throws Exception {
        Path copy = DataDirectory.create();
        run(as(
                program("pg_basebackup"),
                "-D",
                copy.toString(),
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-U",
                "postgres",
                "--checkpoint=fast",
                "--write-recovery-conf",
                "--no-sync"));
        int next = freePort();
        InstalledPostgres started = new InstalledPostgres(launch(copy, next), copy, next);
        started.awaitConnections();
        return started;
    }

    private static Process launch(Path data, int port) throws IOException {
        return new ProcessBuilder(as(
                        program("postgres"),
                        "-D",
                        data.toString(),
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "fsync=off",
                        "-c",
                        "wal_level=logical",
                        "-c",
                        "max_prepared_transactions=20"))
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(data.resolve("log").toFile()))
                .start();
    }

    /** SIGKILL to the whole server. */
    void kill() throws InterruptedException {
        List<ProcessHandle> backends = process.descendants().toList();
        process.destroyForcibly().waitFor();
        backends.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle backend : backends) {
            backend.onExit().join();
        }
    }

    /**
     * No file of the server grows beyond so many bytes from now on, as if its disk were full. Holds for new connections too,
     * and for all that run.
     */
    void limitFiles(String bytes) throws IOException, InterruptedException {
        // New processes take the limit over from the first one.
        limitFiles(process.toHandle(), bytes);
        for (ProcessHandle each : process.descendants().toList()) {
            try {
                limitFiles(each, bytes);
            } catch (IOException e) {
                if (each.isAlive()) {
                    throw e;
                }
            }
        }
    }

    private static void limitFiles(ProcessHandle process, String bytes) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(asUserOf(process));
        command.addAll(List.of("prlimit", "--fsize=" + bytes + ":unlimited", "--pid", Long.toString(process.pid())));
        run(command);
    }

    /** After {@link #kill} or {@link #stop}: the same data on the same port. */
    void startAgain() throws Exception {
        process = launch(data, port);
        awaitConnections();
    }

    int port() {
        return port;
    }

    /** The newest version's program of this name. */
    public static String program(String name) throws IOException {
        try (Stream<Path> versions = Files.list(VERSIONS)) {
            return versions.map(version -> version.resolve("bin").resolve(name))
                    .filter(Files::isExecutable)
                    .max(Comparator.naturalOrder())
                    .orElseThrow(() -> new IOException("no " + name + " below " + VERSIONS + "; install postgresql"))
                    .toString();
        }
    }

    /** PostgreSQL does not run as root; in a user namespace of its own it is nobody. */
    static List<String> as(String... command) {
        List<String> whole = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            whole.addAll(List.of("unshare", "-U"));
        }
        whole.addAll(List.of(command));
        return whole;
    }

    /** What begins a command that may change the process: root needs a capability for the limits of another user's. */
    private static List<String> asUserOf(ProcessHandle process) throws IOException {
        Path place = Path.of("/proc", Long.toString(process.pid()));
        Object user = Files.getAttribute(place, "unix:uid");
        return user.equals(0) || !"root".equals(System.getProperty("user.name"))
                ? List.of()
                : List.of(
                        "setpriv",
                        "--reuid=" + user,
                        "--regid=" + Files.getAttribute(place, "unix:gid"),
                        "--clear-groups");
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitConnections() throws Exception {
        Eventually.until("PostgreSQL accepts connections", Duration.ofMinutes(1), () -> {
            try (Connection connection =
                    DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "")) {
                return true;
            } catch (SQLException e) {
                if (!process.isAlive()) {
                    throw new IOException("PostgreSQL did not start: " + Files.readString(data.resolve("log")), e);
                }
                return false;
            }
        });
    }

    /** A fast shutdown. */
    void stop() throws IOException, InterruptedException {
        run(List.of("kill", "-INT", Long.toString(process.pid())));
        process.waitFor();
    }

    /** {@link #stop}, and the end of the data. */
    @Override
    public void close() throws IOException, InterruptedException {
        stop();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
