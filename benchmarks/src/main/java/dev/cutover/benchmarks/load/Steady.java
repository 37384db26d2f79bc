// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Chart;
import dev.cutover.benchmarks.load.Report.Kind;
import dev.cutover.benchmarks.load.Report.Series;
import dev.cutover.benchmarks.load.Report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** pgbench, unchanged, through the proxy and through what users would pick instead. */
final class Steady implements Scenario {
    private static final String SESSION_BOUNCER = "PgBouncer (session)";
    private static final String TRANSACTION_BOUNCER = "PgBouncer (transaction)";
    private static final String RELAY = "bare relay";
    private static final List<String> COLUMNS = List.of(
            "contender",
            "transactions/s",
            "of direct",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "max ms",
            "CPU µs/transaction",
            "resident MiB");

    /** Of the slowest contender's throughput: the rate at which latencies are compared. */
    private static final double LOAD = 0.6;

    /** Leaves out what no target is set for. */
    private final boolean targetsOnly = Boolean.getBoolean("cutover.bench.targets-only");

    @Override
    public String name() {
        return "02-steady";
    }

    @Override
    public String title() {
        return "A tenant that does not move";
    }

    @Override
    public List<String> programs() {
        return List.of("pgbouncer", "haproxy", "pgpool");
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        try (Server server = Server.start(true);
                Peers peers = new Peers(bench.home(), bench.home().resolve("benchmarks/scenarios/" + name()), server)) {
            Contender direct = Contender.direct(server);
            Pgbench.initialise(direct, 10);
            List<Contender> contenders = List.of(
                    direct,
                    peers.cutover("bench"),
                    peers.pgbouncer("session"),
                    peers.pgbouncer("transaction"),
                    peers.haproxy(),
                    peers.pgpool(),
                    peers.relay());
            for (String script : List.of("-S", "tpcb-like")) {
                for (String mode : List.of("simple", "prepared")) {
                    if (bench.quick() && script.equals("-S") != mode.equals("prepared")) {
                        continue; // each script and each mode once
                    }
                    warmUp(bench, contenders, script, mode);
                    for (int clients : bench.quick() ? new int[] {8} : new int[] {1, 8, 64, 200}) {
                        if (targetsOnly && !hasTarget(script, mode, clients)) {
                            continue;
                        }
                        compare(bench, report, contenders, script, mode, clients);
                    }
                }
            }
        }
    }

    private static void warmUp(Bench bench, List<Contender> all, String script, String mode) throws Exception {
        if (!bench.quick()) {
            for (Contender contender : able(all, mode)) {
                WarmUp.until(contender.pid(), () -> Pgbench.run(contender, 8, 3, 0, options(script, mode)));
            }
        }
    }

    private static List<String> options(String script, String mode) {
        return script.equals("-S") ? List.of("-S", "-M", mode) : List.of("-M", mode);
    }

    private static List<Contender> able(List<Contender> all, String mode) {
        // PgBouncer's release of Debian 12 does not know prepared statements in this mode.
        return all.stream()
                .filter(contender -> mode.equals("simple") || !contender.name().equals(TRANSACTION_BOUNCER))
                .toList();
    }

    private static boolean hasTarget(String script, String mode, int clients) {
        return script.equals("-S") ? mode.equals("prepared") && (clients == 8 || clients == 64) : clients == 8;
    }

    private static void compare(
            Bench bench, Report report, List<Contender> all, String script, String mode, int clients) throws Exception {
        List<String> options = options(script, mode);
        List<Contender> contenders = able(all, mode);
        String title = String.format(Locale.ROOT, "pgbench %s, %s, %d clients", script, mode, clients);
        bench.say("%s", title);
        boolean target = hasTarget(script, mode, clients);
        int rounds = Math.min(bench.rounds(), target ? 5 : 3);
        double seconds = Math.min(bench.seconds(), target ? 3 : 2);
        Rounds full = Rounds.of(rounds, contenders, one -> Pgbench.run(one, clients, seconds, 0, options));
        double slowest = contenders.stream()
                .mapToDouble(one -> full.median(one.name(), Pgbench.Run::tps))
                .min()
                .orElseThrow();
        Rounds paced = Rounds.of(
                target ? Math.min(rounds, 3) : 1,
                contenders,
                one -> Pgbench.run(one, clients, seconds, slowest * LOAD, options));
        List<List<String>> rows = new ArrayList<>();
        for (Contender contender : contenders) {
            String name = contender.name();
            Histogram latency = paced.latency(name);
            boolean proxied = contender.pid() != 0;
            rows.add(List.of(
                    name,
                    format("%.0f", full.median(name, Pgbench.Run::tps)),
                    format("%.2f", full.ratio(name, Contender.DIRECT)),
                    millis(latency.getValueAtPercentile(50)),
                    millis(latency.getValueAtPercentile(99)),
                    millis(latency.getValueAtPercentile(99.9)),
                    millis(latency.getMaxValue()),
                    proxied ? format("%.1f", full.median(name, Pgbench.Run::cpuMicrosPerTransaction)) : "",
                    proxied ? format("%.0f", full.median(name, Pgbench.Run::residentKib) / 1024) : ""));
            bench.say("  %s", String.join("  ", rows.get(rows.size() - 1)));
        }
        String how = format(" (%d rounds of %.0f s; latencies at %.0f/s)", rounds, seconds, slowest * LOAD);
        report.tables().add(new Table(title + how, COLUMNS, rows));
        report.charts().add(throughput(script, mode, clients, contenders, full));
        if (target) {
            Map<String, Histogram> latencies = new LinkedHashMap<>();
            contenders.forEach(one -> latencies.put(one.name(), paced.latency(one.name())));
            report.charts()
                    .add(Distribution.of(
                            "latency-" + chartName(script, mode, clients),
                            title + format(": latency at %.0f/s", slowest * LOAD),
                            latencies));
        }
        targets(report, title, script, mode, clients, full, paced);
    }

    private static Chart throughput(String script, String mode, int clients, List<Contender> contenders, Rounds full) {
        List<String> names = contenders.stream().map(Contender::name).toList();
        List<Double> values =
                names.stream().map(name -> full.median(name, Pgbench.Run::tps)).toList();
        return new Chart(
                "throughput-" + chartName(script, mode, clients),
                "pgbench " + script + ", " + mode + ", " + clients + " clients",
                "",
                "transactions/s",
                Kind.BARS,
                List.of(new Series("transactions/s", names, List.of(), values)));
    }

    private static String chartName(String script, String mode, int clients) {
        return script.replace("-", "").toLowerCase(Locale.ROOT) + "-" + mode + "-" + clients;
    }

    private static void targets(
            Report report, String title, String script, String mode, int clients, Rounds full, Rounds paced) {
        if (script.equals("-S") && mode.equals("prepared") && (clients == 8 || clients == 64)) {
            double bouncer = full.ratio(Contender.CUTOVER, SESSION_BOUNCER);
            double relay = full.ratio(Contender.CUTOVER, RELAY);
            double own = full.median(Contender.CUTOVER, Pgbench.Run::cpuMicrosPerTransaction);
            double theirs = full.median(SESSION_BOUNCER, Pgbench.Run::cpuMicrosPerTransaction);
            report.target(title + ": throughput", "1.20 of PgBouncer's", format("%.2f", bouncer), bouncer >= 1.2);
            report.target(title + ": throughput", "0.90 of the bare relay's", format("%.2f", relay), relay >= 0.9);
            report.target(
                    title + ": CPU per transaction",
                    "at most PgBouncer's",
                    format("%.1f µs, PgBouncer %.1f µs", own, theirs),
                    own <= theirs);
        }
        if (script.equals("tpcb-like") && clients == 8) {
            double bouncer = full.ratio(Contender.CUTOVER, SESSION_BOUNCER);
            long own = paced.latency(Contender.CUTOVER).getValueAtPercentile(99);
            long theirs = paced.latency(SESSION_BOUNCER).getValueAtPercentile(99);
            report.target(title + ": throughput", "1.05 of PgBouncer's", format("%.2f", bouncer), bouncer >= 1.05);
            report.target(
                    title + ": p99",
                    "no worse than PgBouncer's",
                    millis(own) + " ms, PgBouncer " + millis(theirs) + " ms",
                    own <= theirs);
        }
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    private static String millis(long micros) {
        return format("%.2f", micros / 1000.0);
    }
}
