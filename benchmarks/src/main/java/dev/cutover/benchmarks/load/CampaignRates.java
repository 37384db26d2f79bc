// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cutover.benchmarks.load.Report.Table;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How many tenants of five small tables a campaign moves in an hour, with 4 and with 10 at once. The two take turns; nobody uses the
 * tenants meanwhile.
 */
final class CampaignRates {
    private static final List<String> COLUMNS = List.of(
            "tenants at once",
            "tenants an hour",
            "of each round",
            "proxy CPU s for each tenant",
            "server CPU s for each tenant");
    private static final int[] PARALLEL = {4, 10};
    private static final int TABLES = 5;
    private static final int ROWS = 1_000;
    private static final double SECONDS_PER_HOUR = 3_600;

    private final TenantProxies proxies;
    private final Server server;

    CampaignRates(TenantProxies proxies, Server server) {
        this.proxies = proxies;
        this.server = server;
    }

    void run(Bench bench, Report report) throws Exception {
        int rounds = bench.quick() ? 1 : 3;
        int each = bench.quick() ? 2 : 40;
        int tenants = rounds * PARALLEL.length * each;
        create(tenants);
        List<List<Round>> measured = List.of(new ArrayList<>(), new ArrayList<>());
        try (TenantProxies.Started proxy = proxies.movable(server, tenants)) {
            Admin admin = new Admin(proxy.peers().adminPort());
            int next = 0;
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < PARALLEL.length; i++) {
                    measured.get(i).add(measure(proxy, admin, PARALLEL[i], next, each));
                    next += each;
                    bench.say("  %d at once: %s", PARALLEL[i], measured.get(i));
                }
            }
        }
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < PARALLEL.length; i++) {
            rows.add(row(PARALLEL[i], measured.get(i), each));
        }
        report.tables()
                .add(new Table(
                        Figures.format(
                                "Campaigns of %d tenants of %d tables of %,d rows, from `start` to the last flip, in turn",
                                each, TABLES, ROWS),
                        COLUMNS,
                        rows));
    }

    /** CPU of all its tenants. */
    private record Round(double seconds, double proxyCpu, double serverCpu) {}

    private Round measure(TenantProxies.Started proxy, Admin admin, int parallel, int first, int count)
            throws Exception {
        String name = "campaign-" + first;
        String names = IntStream.range(first, first + count)
                .mapToObj(TenantSchemas::idle)
                .collect(Collectors.joining(", "));
        long postmaster = postmaster();
        long pid = proxy.proxy().pid();
        long begin = System.nanoTime();
        long proxyBefore = ProcessUsage.of(pid).cpuMicros();
        long serverBefore = ProcessUsage.withEndedChildren(postmaster).cpuMicros();
        admin.startCampaign("{campaign: " + name + ", tenants: {match: " + TenantSchemas.idle(first)
                + "}, waves: [{name: all, parallel: " + parallel + ", tenants: [" + names + "]}]}");
        JsonNode status = admin.campaign(name);
        while (!status.get("state").textValue().equals("ENDED")) {
            if (!status.get("state").textValue().equals("RUNNING")) {
                throw new IllegalStateException(status.toString());
            }
            TimeUnit.MILLISECONDS.sleep(100);
            status = admin.campaign(name);
        }
        return new Round(
                (System.nanoTime() - begin) / 1e9,
                (ProcessUsage.of(pid).cpuMicros() - proxyBefore) / 1e6,
                (ProcessUsage.withEndedChildren(postmaster).cpuMicros() - serverBefore) / 1e6);
    }

    private static List<String> row(int parallel, List<Round> rounds, int each) {
        double seconds = rounds.stream().mapToDouble(Round::seconds).sum();
        double tenants = (double) rounds.size() * each;
        return List.of(
                Integer.toString(parallel),
                Figures.format("%,.0f", tenants / seconds * SECONDS_PER_HOUR),
                rounds.stream()
                        .map(round -> Figures.format("%,.0f", each / round.seconds() * SECONDS_PER_HOUR))
                        .collect(Collectors.joining(" / ")),
                Figures.format(
                        "%.2f", rounds.stream().mapToDouble(Round::proxyCpu).sum() / tenants),
                Figures.format(
                        "%.2f", rounds.stream().mapToDouble(Round::serverCpu).sum() / tenants));
    }

    private long postmaster() throws SQLException {
        try (Connection connection = server.connect("postgres");
                Statement statement = connection.createStatement();
                var row = statement.executeQuery(
                        "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::bigint")) {
            row.next();
            return row.getLong(1);
        }
    }

    private void create(int tenants) throws SQLException {
        try (Connection connection = server.connect(Server.DATABASE);
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < tenants; i++) {
                for (String side : List.of("v1", "v2")) {
                    String schema = TenantSchemas.idle(i) + "_" + side;
                    statement.execute("CREATE SCHEMA " + schema);
                    for (int table = 0; table < TABLES; table++) {
                        statement.execute("CREATE TABLE " + schema + ".note" + table
                                + " (id int PRIMARY KEY, text text, amount numeric)");
                    }
                }
                for (int table = 0; table < TABLES; table++) {
                    statement.execute("INSERT INTO " + TenantSchemas.idle(i) + "_v1.note" + table
                            + " SELECT i, 'text ' || i, i FROM generate_series(1, " + ROWS + ") AS i");
                }
            }
            statement.execute("VACUUM ANALYZE");
        }
    }
}
