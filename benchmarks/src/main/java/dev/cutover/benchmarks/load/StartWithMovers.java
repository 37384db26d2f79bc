// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Table;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How soon a proxy with many tenants answers the first query of one of them, while the others are recovered. */
final class StartWithMovers {
    private static final double WANTED_MORE_SECONDS = 1;

    private final Bench bench;
    private final Server server;
    private final int tenants;
    private final List<List<String>> rows = new ArrayList<>();

    StartWithMovers(Bench bench, Server server, int tenants) {
        this.bench = bench;
        this.server = server;
        this.tenants = tenants;
    }

    /** Starts a proxy. */
    @FunctionalInterface
    interface Starter {
        TenantProxies.Started start() throws Exception;
    }

    /** @return seconds from the launcher's start to the first answer to a client of a STEADY tenant */
    double measure(String phase, Starter starter) throws Exception {
        long begin = System.nanoTime();
        try (TenantProxies.Started proxy = starter.start()) {
            firstQuery(proxy);
            double first = (System.nanoTime() - begin) / 1e9;
            awaitRecovered(new Admin(proxy.peers().adminPort()));
            double all = (System.nanoTime() - begin) / 1e9;
            double cpu = ProcessUsage.of(proxy.proxy().pid()).cpuMicros() / 1e6;
            rows.add(List.of(
                    Figures.format("%,d", tenants),
                    phase,
                    Figures.format("%.2f", first),
                    Figures.format("%.2f", all),
                    Figures.format("%.2f", cpu)));
            bench.say("  %s", rows.get(rows.size() - 1));
            return first;
        }
    }

    void report(Report report, double steady, double moving) {
        report.target(
                Figures.format("seconds by which %,d moving tenants delay the first query after a start", tenants),
                Figures.format("%.1f", WANTED_MORE_SECONDS),
                Figures.format("%.2f", moving - steady),
                moving - steady <= WANTED_MORE_SECONDS);
        report.tables()
                .add(new Table(
                        "From the launcher's start to the first answer to a client of a STEADY tenant, and until all"
                                + " tenants are recovered",
                        List.of("tenants", "that are", "first answer s", "all recovered s", "proxy CPU s"),
                        rows));
    }

    private void firstQuery(TenantProxies.Started proxy) throws Exception {
        String url = "jdbc:postgresql://127.0.0.1:" + proxy.proxy().port() + "/" + TenantSchemas.name(0);
        try (Connection connection = DriverManager.getConnection(url, "postgres", "");
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT 1");
        }
    }

    private void awaitRecovered(Admin admin) throws Exception {
        for (int i = 0; i < tenants; i++) {
            while (!admin.status(TenantSchemas.idle(i)).path("running").isNull()) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }
}
