// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** What tenants cost that mirror while nobody uses them. */
final class IdleMovers {
    private static final List<String> COLUMNS = List.of(
            "mirroring tenants",
            "proxy threads",
            "server connections",
            "proxy heap MiB",
            "proxy resident MiB",
            "proxy CPU s/s",
            "server CPU s/s",
            "commits/s");
    private static final int TENANTS = 300;
    private static final int SOME = 50;
    private static final int FEW = 5;
    private static final int AT_ONCE = 4;
    private static final double WANTED_CPU = 0.01;

    private final TenantProxies proxies;
    private final Server server;

    IdleMovers(TenantProxies proxies, Server server) {
        this.proxies = proxies;
        this.server = server;
    }

    void run(Bench bench, Report report) throws Exception {
        int tenants = Integer.getInteger("cutover.bench.idle-tenants", bench.quick() ? FEW : TENANTS);
        boolean few = tenants <= FEW;
        long measuredMillis = few ? 1_000 : 20_000;
        create(tenants);
        List<List<String>> rows = new ArrayList<>();
        try (TenantProxies.Started proxy = proxies.movable(server, tenants)) {
            rows.add(measure(proxy, measuredMillis).row(0));
            Admin admin = new Admin(proxy.peers().adminPort());
            int some = Math.min(SOME, tenants / 2);
            mirror(admin, 0, some);
            rows.add(settled(proxy, few, measuredMillis).row(some));
            mirror(admin, some, tenants);
            Cost idle = settled(proxy, few, measuredMillis);
            rows.add(idle.row(tenants));
            bench.say("  %s", rows);
            report.target(
                    Figures.format("CPU of the proxy with %,d idle tenants that mirror", tenants),
                    Figures.format("%.2f s/s", WANTED_CPU),
                    Figures.format("%.3f", idle.proxyCpu()),
                    idle.proxyCpu() <= WANTED_CPU);
        }
        start(bench, report, tenants);
        report.tables()
                .add(new Table(
                        "Tenants of one database that mirror while nobody uses them; 0 is the same proxy before they do",
                        COLUMNS,
                        rows));
    }

    private void start(Bench bench, Report report, int tenants) throws Exception {
        StartWithMovers starts = new StartWithMovers(bench, server, tenants);
        double moving = starts.measure("mirroring", () -> proxies.movableAgain(server, tenants));
        double steady = starts.measure("STEADY", () -> proxies.movable(server, tenants));
        starts.report(report, steady, moving);
    }

    /** Connections that the verbs have opened are idle for half a minute before they are closed. */
    private Cost settled(TenantProxies.Started proxy, boolean few, long measuredMillis) throws Exception {
        TimeUnit.MILLISECONDS.sleep(few ? 0 : 45_000);
        return measure(proxy, measuredMillis);
    }

    private static void mirror(Admin admin, int from, int to) throws Exception {
        List<Callable<Double>> parts = new ArrayList<>();
        for (int part = 0; part < AT_ONCE; part++) {
            int first = from + part;
            parts.add(() -> {
                double seconds = 0;
                for (int i = first; i < to; i += AT_ONCE) {
                    seconds += admin.run(TenantSchemas.idle(i), "prepare") + admin.run(TenantSchemas.idle(i), "mirror");
                }
                return seconds;
            });
        }
        Together.all(parts);
    }

    private void create(int tenants) throws SQLException {
        try (Connection connection = server.connect(Server.DATABASE);
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < tenants; i++) {
                for (String side : List.of("v1", "v2")) {
                    String schema = TenantSchemas.idle(i) + "_" + side;
                    statement.execute("CREATE SCHEMA " + schema);
                    statement.execute("CREATE TABLE " + schema + ".note (id int PRIMARY KEY, text text)");
                }
            }
        }
    }

    /** CPU in seconds for each second. */
    private record Cost(
            long threads,
            long connections,
            double heapMib,
            double residentMib,
            double proxyCpu,
            double serverCpu,
            double commits) {
        List<String> row(int tenants) {
            return List.of(
                    Figures.format("%,d", tenants),
                    Long.toString(threads),
                    Long.toString(connections),
                    Figures.format("%.0f", heapMib),
                    Figures.format("%.0f", residentMib),
                    Figures.format("%.3f", proxyCpu),
                    Figures.format("%.3f", serverCpu),
                    Figures.format("%.0f", commits));
        }
    }

    private Cost measure(TenantProxies.Started proxy, long millis) throws Exception {
        try (Connection connection = server.connect("postgres")) {
            long postmaster =
                    number(connection, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::bigint");
            long pid = proxy.proxy().pid();
            long begin = System.nanoTime();
            long proxyBefore = ProcessUsage.of(pid).cpuMicros();
            long serverBefore = ProcessUsage.withEndedChildren(postmaster).cpuMicros();
            long commitsBefore = commits(connection);
            TimeUnit.MILLISECONDS.sleep(millis);
            double micros = (System.nanoTime() - begin) / 1e3;
            double proxyCpu = (ProcessUsage.of(pid).cpuMicros() - proxyBefore) / micros;
            double serverCpu = (ProcessUsage.withEndedChildren(postmaster).cpuMicros() - serverBefore) / micros;
            double commits = (commits(connection) - commitsBefore) * 1e6 / micros;
            return new Cost(
                    threads(pid),
                    number(
                            connection,
                            "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + Server.DATABASE + "'"),
                    HeapUsage.afterCollection(pid) / 1024.0,
                    ProcessUsage.of(pid).residentKib() / 1024.0,
                    proxyCpu,
                    serverCpu,
                    commits);
        }
    }

    private static long commits(Connection connection) throws SQLException {
        return number(connection, "SELECT xact_commit FROM pg_stat_database WHERE datname = '" + Server.DATABASE + "'");
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static long threads(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("Threads:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
