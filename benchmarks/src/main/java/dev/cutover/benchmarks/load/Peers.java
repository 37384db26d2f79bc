// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What stands between clients and the server, started from the configuration in a scenario's folder: in these files
 * {@code @listen@}, {@code @admin@}, {@code @server@} and {@code @directory@} stand for the ports and a directory to write to.
 */
final class Peers implements AutoCloseable {
    private final String launcher;
    private final Path scenario;
    private final Path directory;
    private final Server server;
    private final List<Program> programs = new ArrayList<>();
    private final int adminPort = Program.freePort();

    /** @param home of the checkout */
    Peers(Path home, Path scenario, Server server) throws IOException {
        this.launcher = System.getProperty(
                "cutover.bench.launcher", home.resolve("cutover").toString());
        this.scenario = scenario;
        this.server = server;
        this.directory = Files.createTempDirectory("cutover-peers");
        // PgBouncer and pgpool write there as another user.
        directory.toFile().setWritable(true, false);
        directory.toFile().setExecutable(true, false);
        directory.toFile().setReadable(true, false);
    }

    /** The proxy, by the launcher, with the scenario's {@code cutover.yaml}. */
    Contender cutover(String tenant) throws IOException {
        return cutover(tenant, Map.of());
    }

    /** Starts it with more placeholders. @param more placeholders of the configuration, with their values */
    Contender cutover(String tenant, Map<String, String> more) throws IOException {
        return start(
                Contender.CUTOVER,
                "cutover.yaml",
                tenant,
                more,
                config -> List.of(launcher, "proxy", "--config", config));
    }

    /** Where a configuration that names {@code @admin@} has the proxy's admin API. */
    int adminPort() {
        return adminPort;
    }

    /** Puts another of the scenario's files beside the configuration. */
    void copy(String file) throws IOException {
        Files.copy(scenario.resolve(file), directory.resolve(file));
    }

    /** Changes the configuration of one that is started. */
    void change(String file, String from, String to) throws IOException {
        Path config = directory.resolve(file);
        Files.writeString(config, Files.readString(config).replace(from, to));
    }

    /** @param mode session or transaction */
    Contender pgbouncer(String mode) throws IOException {
        return pgbouncer(mode, Map.of());
    }

    /** Starts it with more placeholders. @param more placeholders of the configuration, with their values */
    Contender pgbouncer(String mode, Map<String, String> more) throws IOException {
        return start(
                "PgBouncer (" + mode + ")",
                "pgbouncer-" + mode + ".ini",
                Server.DATABASE,
                more,
                config -> List.of("pgbouncer", "-u", "nobody", config));
    }

    Contender haproxy() throws IOException {
        return haproxy(Map.of());
    }

    /** Starts it with more placeholders. @param more placeholders of the configuration, with their values */
    Contender haproxy(Map<String, String> more) throws IOException {
        return start(
                "HAProxy", "haproxy.cfg", Server.DATABASE, more, config -> List.of("haproxy", "-db", "-f", config));
    }

    Contender pgpool() throws IOException {
        Files.writeString(directory.resolve("pcp.conf"), "");
        return start(
                "pgpool-II",
                "pgpool.conf",
                Server.DATABASE,
                Map.of(),
                config -> List.of(
                        "pgpool",
                        "-n",
                        "-f",
                        config,
                        "-F",
                        directory.resolve("pcp.conf").toString()));
    }

    Contender relay() throws IOException {
        int port = Program.freePort();
        return add(
                "bare relay",
                port,
                Server.DATABASE,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseG1GC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Relay.class.getName(),
                        Integer.toString(port),
                        Integer.toString(server.port())));
    }

    private Contender start(
            String name, String file, String database, Map<String, String> more, Function<String, List<String>> command)
            throws IOException {
        int port = Program.freePort();
        Map<String, String> values = new HashMap<>(more);
        values.put("@listen@", Integer.toString(port));
        values.put("@admin@", Integer.toString(adminPort));
        values.put("@server@", Integer.toString(server.port()));
        values.put("@directory@", directory.toString());
        String filled = Files.readString(scenario.resolve(file));
        for (Map.Entry<String, String> entry : values.entrySet()) {
            filled = filled.replace(entry.getKey(), entry.getValue());
        }
        Path config = directory.resolve(file);
        Files.writeString(config, filled);
        return add(name, port, database, command.apply(config.toString()));
    }

    private Contender add(String name, int port, String database, List<String> command) throws IOException {
        Program program = Program.start(directory.resolve(programs.size() + ".log"), command);
        programs.add(program);
        program.awaitPort(port);
        return new Contender(name, port, database, program.pid());
    }

    @Override
    public void close() {
        for (Program program : programs) {
            program.close();
        }
    }
}
