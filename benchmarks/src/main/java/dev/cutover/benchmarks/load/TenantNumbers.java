// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Table;
import dev.cutover.benchmarks.load.TenantProxies.Started;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The same load through proxies with few tenants and with many. */
final class TenantNumbers {
    private static final List<String> COLUMNS = List.of(
            "tenants",
            "start s",
            "heap MiB",
            "resident MiB",
            "transactions/s",
            "of direct",
            "p99 ms",
            "CPU µs/transaction");
    private static final List<String> OPTIONS = List.of("-S", "-M", "prepared");

    private final TenantProxies proxies;
    private final Server server;

    TenantNumbers(TenantProxies proxies, Server server) {
        this.proxies = proxies;
        this.server = server;
    }

    void run(Bench bench, Report report, List<Integer> numbers) throws Exception {
        Map<String, List<Contender>> clients = new LinkedHashMap<>();
        List<List<String>> rows = new ArrayList<>();
        List<Started> started = new ArrayList<>();
        try {
            clients.put(Contender.DIRECT, direct());
            rows.add(new ArrayList<>(List.of(Contender.DIRECT, "", "", "")));
            for (int tenants : numbers) {
                Started proxy = proxies.routed(server, tenants);
                started.add(proxy);
                clients.put(Integer.toString(tenants), TenantSchemas.busy(proxy.proxy(), tenants));
                visitAll(proxy.proxy(), tenants);
                long heap = HeapUsage.afterCollection(proxy.proxy().pid());
                rows.add(new ArrayList<>(List.of(
                        Figures.format("%,d", tenants),
                        Figures.format("%.1f", proxy.seconds()),
                        Figures.format("%.1f", heap / 1024.0),
                        Figures.format(
                                "%.0f", ProcessUsage.of(proxy.proxy().pid()).residentKib() / 1024.0))));
                bench.say("  %s tenants", rows.get(rows.size() - 1));
            }
            measure(bench, clients, rows);
        } finally {
            started.forEach(Started::close);
        }
        report.tables()
                .add(new Table(
                        Figures.format(
                                "pgbench -S, prepared, %d clients of as many tenants; memory after each tenant has had a"
                                        + " client",
                                TenantSchemas.BUSY),
                        COLUMNS,
                        rows));
    }

    private List<Contender> direct() {
        List<Contender> schemas = new ArrayList<>();
        for (int i = 0; i < TenantSchemas.BUSY; i++) {
            schemas.add(Contender.direct(server, TenantSchemas.name(i)));
        }
        return schemas;
    }

    private static void measure(Bench bench, Map<String, List<Contender>> clients, List<List<String>> rows)
            throws Exception {
        List<Contender> turns = clients.keySet().stream()
                .map(name -> new Contender(name, 0, "", 0))
                .toList();
        for (List<Contender> one : clients.values()) {
            WarmUp.until(
                    bench.quick() ? 0 : one.get(0).pid(), () -> Together.run(one, bench.warmUpSeconds(), 0, OPTIONS));
        }
        Rounds rounds = Rounds.of(bench.quick() ? 1 : 3, turns, turn -> {
            List<Contender> one = clients.get(turn.name());
            if (one == null) {
                throw new IllegalArgumentException("no clients " + turn.name());
            }
            return Together.run(one, bench.quick() ? 1 : 3, 0, OPTIONS);
        });
        int row = 0;
        for (String name : clients.keySet()) {
            List<String> cells = rows.get(row++);
            cells.add(Figures.format("%.0f", rounds.median(name, Pgbench.Run::tps)));
            cells.add(Figures.format("%.2f", rounds.ratio(name, Contender.DIRECT)));
            cells.add(Figures.millis(rounds.latency(name).getValueAtPercentile(99)));
            cells.add(
                    name.equals(Contender.DIRECT)
                            ? ""
                            : Figures.format("%.1f", rounds.median(name, Pgbench.Run::cpuMicrosPerTransaction)));
            bench.say("  %s", String.join("  ", cells));
        }
    }

    /** A client of each tenant, one after the other. */
    private static void visitAll(Contender proxy, int tenants) throws SQLException {
        for (int i = 0; i < tenants; i++) {
            String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + TenantSchemas.name(i);
            try (Connection connection = DriverManager.getConnection(url, Server.USER, "");
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT count(*) FROM pgbench_branches");
            }
        }
    }
}
