// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * How fast rows are copied and compared, beside the plainest way to copy the same rows; and what a backfill costs the
 * clients that it runs beside. The net is installed and writes are mirrored, as in real life.
 */
final class BackfillAndVerify implements Scenario {
    private static final String OTHER = "other";
    private static final String UP = "id, customer, upper(status), amount, placed_at, note";
    private static final int CLIENTS = 8;
    /** Transactions a second, well below what two cores can do. */
    private static final int LOAD = 400;

    private final int rowsWanted = Integer.getInteger("cutover.bench.rows", 5_000_000);

    @Override
    public String name() {
        return "06-backfill-and-verify";
    }

    @Override
    public String title() {
        return "Backfill and verification";
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        int rows = bench.quick() ? 50_000 : rowsWanted;
        int rounds = bench.quick() ? 1 : 3;
        Path scenario = bench.home().resolve("benchmarks/scenarios/" + name());
        try (Server server = Server.start(true);
                Peers peers = new Peers(bench.home(), scenario, server)) {
            server.execute("postgres", "CREATE DATABASE " + OTHER);
            fill(server, rows);
            peers.copy("mapping.yaml");
            Contender proxy = peers.cutover("within");
            Admin admin = new Admin(peers.adminPort());
            rates(bench, report, server, admin, rows, rounds);
            latency(bench, report, server, admin, proxy, scenario.resolve("load.sql"), rows, bench.quick() ? 1 : 5);
        }
    }

    private static void fill(Server server, int rows) throws SQLException {
        String columns = "id bigint PRIMARY KEY, customer int NOT NULL, %s text NOT NULL, amount int NOT NULL,"
                + " placed_at timestamptz NOT NULL, note text";
        for (String tenant : List.of("within", "across")) {
            String serving = tenant + "_v1";
            String idle = tenant + "_v2";
            server.execute(
                    Server.DATABASE,
                    "CREATE SCHEMA " + serving + "; CREATE TABLE " + serving + ".orders (" + format(columns, "status")
                            + "); INSERT INTO " + serving + ".orders SELECT i, i % 50000, 'shipped', i % 1000,"
                            + " now() - i * interval '1 second', 'order number ' || i FROM generate_series(1, " + rows
                            + ") AS i; CREATE INDEX ON " + serving + ".orders (customer)");
            server.execute(
                    tenant.equals("within") ? Server.DATABASE : OTHER,
                    "CREATE SCHEMA " + idle + "; CREATE TABLE " + idle + ".orders (" + format(columns, "state")
                            + "); CREATE INDEX ON " + idle + ".orders (customer); CREATE SCHEMA plain; CREATE TABLE"
                            + " plain.orders (LIKE " + idle + ".orders INCLUDING ALL)");
        }
        server.execute(Server.DATABASE, "VACUUM ANALYZE");
    }

    private static void rates(Bench bench, Report report, Server server, Admin admin, int rows, int rounds)
            throws Exception {
        double[][] seconds = new double[6][rounds];
        for (int round = 0; round < rounds; round++) {
            quiet(server, Server.DATABASE, "plain");
            seconds[0][round] = seconds(() -> server.execute(
                    Server.DATABASE, "INSERT INTO plain.orders SELECT " + UP + " FROM within_v1.orders"));
            quiet(server, Server.DATABASE, "plain");
            copied(bench, server, admin, "within", seconds, 1, round);
            quiet(server, OTHER, "plain");
            seconds[3][round] = seconds(() -> pipe(server));
            quiet(server, OTHER, "plain");
            copied(bench, server, admin, "across", seconds, 4, round);
            bench.say(
                    "  round %d: INSERT ... SELECT %.1f s, backfill %.1f s, verify %.1f s; COPY | COPY %.1f s,"
                            + " backfill %.1f s, verify %.1f s",
                    round + 1,
                    seconds[0][round],
                    seconds[1][round],
                    seconds[2][round],
                    seconds[3][round],
                    seconds[4][round],
                    seconds[5][round]);
        }
        List<String> names = List.of(
                "INSERT ... SELECT",
                "backfill in one database",
                "verify in one database",
                "psql COPY | psql COPY",
                "backfill between two databases",
                "verify between two databases");
        List<List<String>> table = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            int plain = i < 3 ? 0 : 3;
            table.add(List.of(
                    names.get(i),
                    format("%.1f", Rounds.median(seconds[i])),
                    format("%,.0f", rows / Rounds.median(seconds[i])),
                    format("%.2f", ratio(seconds[plain], seconds[i]))));
        }
        report.tables()
                .add(new Table(
                        format("%,d rows, an index beside the key; no clients", rows),
                        List.of("what", "seconds, median of " + rounds, "rows/s", "of the plain way's rate"),
                        table));
        target(report, "backfill in one database", "0.70 of INSERT ... SELECT", ratio(seconds[0], seconds[1]), 0.7);
        target(
                report,
                "backfill between two databases",
                "0.70 of psql COPY | psql COPY",
                ratio(seconds[3], seconds[4]),
                0.7);
        target(report, "verify in one database", "2.00 of the backfill's rate", ratio(seconds[1], seconds[2]), 2);
        target(report, "verify between two databases", "2.00 of the backfill's rate", ratio(seconds[4], seconds[5]), 2);
    }

    /** Backfills and verifies with writes mirrored, then leaves everything as it was. */
    private static void copied(
            Bench bench, Server server, Admin admin, String tenant, double[][] seconds, int at, int round)
            throws Exception {
        admin.run(tenant, "prepare");
        admin.run(tenant, "mirror");
        seconds[at][round] = admin.run(tenant, "backfill");
        seconds[at + 1][round] = admin.run(tenant, "verify");
        admin.run(tenant, "abort");
        quiet(server, tenant.equals("within") ? Server.DATABASE : OTHER, tenant + "_v2");
    }

    private static void latency(
            Bench bench, Report report, Server server, Admin admin, Contender proxy, Path script, int rows, int rounds)
            throws Exception {
        List<String> options = List.of("-M", "prepared", "-D", "rows=" + rows, "-f", script.toString());
        double seconds = bench.quick() ? 1 : 20;
        Histogram calm = new Histogram(Pgbench.LONGEST_MICROS, 3);
        Histogram busy = new Histogram(Pgbench.LONGEST_MICROS, 3);
        double[] ratios = new double[rounds];
        boolean throughout = true;
        for (int round = 0; round < rounds; round++) {
            admin.run("within", "prepare");
            admin.run("within", "mirror");
            Pgbench.run(proxy, CLIENTS, bench.quick() ? 1 : 3, LOAD, options);
            Histogram without =
                    Pgbench.run(proxy, CLIENTS, seconds, LOAD, options).latency();
            String backfill = admin.start("within", "backfill");
            Histogram with = Pgbench.run(proxy, CLIENTS, seconds, LOAD, options).latency();
            throughout &= admin.running("within", backfill);
            admin.end("within", backfill);
            admin.run("within", "abort");
            quiet(server, Server.DATABASE, "within_v2");
            ratios[round] = with.getValueAtPercentile(99) / (double) without.getValueAtPercentile(99);
            bench.say("  round %d: p99 %.2f of that without backfill", round + 1, ratios[round]);
            calm.add(without);
            busy.add(with);
        }
        report.tables()
                .add(new Table(
                        format(
                                "%d mirrored transactions/s of %d clients (an UPDATE and a SELECT), throttled as by"
                                        + " default%s",
                                LOAD, CLIENTS, throughout ? "" : "; the backfill ended before the clients did"),
                        List.of("", "p50 ms", "p99 ms", "p99.9 ms", "max ms"),
                        List.of(percentiles("without backfill", calm), percentiles("with backfill", busy))));
        double ratio = Rounds.median(ratios);
        report.target(
                "p99 of clients with a backfill running", "1.50 of that without", format("%.2f", ratio), ratio <= 1.5);
    }

    private static List<String> percentiles(String name, Histogram micros) {
        List<String> row = new ArrayList<>(List.of(name));
        for (double percentile : new double[] {50, 99, 99.9, 100}) {
            row.add(format("%.2f", micros.getValueAtPercentile(percentile) / 1000.0));
        }
        return row;
    }

    /** Empties a schema's table, and leaves the server nothing to write for those that come next. */
    private static void quiet(Server server, String database, String schema) throws SQLException {
        server.execute(database, "TRUNCATE " + schema + ".orders");
        server.execute(database, "CHECKPOINT");
    }

    private static void pipe(Server server) throws IOException, InterruptedException {
        String psql = "psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -U " + Server.USER + " -p " + server.port();
        Program.run(List.of(
                "bash",
                "-c",
                "set -o pipefail; " + psql + " -d " + Server.DATABASE + " -c 'COPY (SELECT " + UP
                        + " FROM across_v1.orders) TO STDOUT' | " + psql + " -d " + OTHER
                        + " -c 'COPY plain.orders FROM STDIN'"));
    }

    private interface Work {
        void run() throws Exception;
    }

    private static double seconds(Work work) throws Exception {
        long begin = System.nanoTime();
        work.run();
        return (System.nanoTime() - begin) / 1e9;
    }

    /** The median of the rounds' ratios of rates. */
    private static double ratio(double[] plain, double[] own) {
        double[] ratios = new double[own.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = plain[i] / own[i];
        }
        return Rounds.median(ratios);
    }

    private static void target(Report report, String what, String wanted, double measured, double least) {
        report.target(what, wanted, format("%.2f", measured), measured >= least);
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
