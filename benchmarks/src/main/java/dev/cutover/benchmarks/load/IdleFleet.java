// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What proxies with many tenants ask the control database while nobody uses them. The server's log counts the statements. */
final class IdleFleet {
    private static final int TENANTS = 5_000;
    private static final int PROXIES = 5;
    private static final double WANTED_STATEMENTS = 50;
    private static final String CONTROL = "control_idle";

    private final Bench bench;
    private final Path scenario;

    IdleFleet(Bench bench, Path scenario) {
        this.bench = bench;
        this.scenario = scenario;
    }

    void run(Report report) throws Exception {
        int tenants = bench.quick() ? 5 : TENANTS;
        int proxies = bench.quick() ? 2 : PROXIES;
        Path log = Files.createTempDirectory("cutover-server-log");
        List<Peers> peers = new ArrayList<>();
        // A "!" begins each entry, behind the database; the text of a statement may have several lines.
        Map<String, String> settings = Map.of(
                "logging_collector", "on",
                "log_directory", log.toString(),
                "log_line_prefix", "!%d!",
                "log_statement", "all");
        try (Server server = Server.start(false, settings)) {
            server.execute("postgres", "CREATE DATABASE " + CONTROL);
            List<Contender> contenders = new ArrayList<>();
            for (int i = 0; i < proxies; i++) {
                Peers each = new Peers(bench.home(), scenario, server);
                peers.add(each);
                contenders.add(each.cutover("t0", Map.of("@control@", CONTROL, "@tenants@", tenants(tenants))));
            }
            // The proxies claim the tenants, and close what they needed for that.
            TimeUnit.SECONDS.sleep(bench.quick() ? 1 : 60);
            measure(report, tenants, contenders, log);
        } finally {
            peers.forEach(Peers::close);
            delete(log);
        }
    }

    private void measure(Report report, int tenants, List<Contender> proxies, Path log) throws Exception {
        long before = statements(log);
        long cpuBefore = cpu(proxies);
        long begin = System.nanoTime();
        TimeUnit.SECONDS.sleep(bench.quick() ? 2 : 60);
        double seconds = (System.nanoTime() - begin) / 1e9;
        double perProxy = (statements(log) - before) / seconds / proxies.size();
        double cpu = (cpu(proxies) - cpuBefore) / 1e6 / seconds / proxies.size();
        List<String> row = List.of(
                Figures.format("%,d", tenants),
                Integer.toString(proxies.size()),
                Figures.format("%.1f", perProxy),
                Figures.format("%.3f", cpu));
        bench.say("  %s", String.join("  ", row));
        report.tables()
                .add(new Table(
                        "Tenants that nobody uses: statements to the control database, and CPU, of each proxy",
                        List.of("tenants", "proxies", "statements/s", "CPU s/s"),
                        List.of(row)));
        report.target(
                Figures.format(
                        "%,d idle tenants, %d proxies: statements to the control database, each proxy",
                        tenants, proxies.size()),
                Figures.format("under %.0f/s", WANTED_STATEMENTS),
                Figures.format("%.1f/s", perProxy),
                perProxy < WANTED_STATEMENTS);
    }

    private static String tenants(int count) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add("  t" + i + ":");
            lines.add("    blue: {cluster: main, database: bench, schema: t" + i + "_v1}");
            lines.add("    green: {cluster: main, database: bench, schema: t" + i + "_v2}");
            lines.add("    maintenance: {user: postgres}");
            lines.add("    shares-roles-with: [\"*\"]");
        }
        return String.join("\n", lines);
    }

    private static long cpu(List<Contender> proxies) throws IOException {
        long micros = 0;
        for (Contender proxy : proxies) {
            micros += ProcessUsage.of(proxy.pid()).cpuMicros();
        }
        return micros;
    }

    private static long statements(Path log) throws IOException {
        long count = 0;
        String entry = "!" + CONTROL + "!LOG:  ";
        try (Stream<Path> files = Files.list(log)) {
            for (Path file : files.toList()) {
                try (Stream<String> lines = Files.lines(file)) {
                    count += lines.filter(line ->
                                    line.startsWith(entry + "statement:") || line.startsWith(entry + "execute "))
                            .count();
                }
            }
        }
        return count;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
