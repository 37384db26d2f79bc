// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import static dev.cutover.benchmarks.load.Figures.format;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cutover.benchmarks.load.Report.Chart;
import dev.cutover.benchmarks.load.Report.Kind;
import dev.cutover.benchmarks.load.Report.Series;
import dev.cutover.benchmarks.load.Report.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * What it costs to write both sides, beside the other ways to do so. After each run both sides must be equal. The
 * targets are judged where it is hardest and most usual: an UPDATE of one row by its key, on a server that waits for
 * the disk.
 */
final class DualWrites implements Scenario {
    private static final int CLIENTS = 8;
    private static final List<String> COLUMNS = List.of(
            "way",
            "transactions/s",
            "of one side alone",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "max ms",
            "CPU of the proxy, µs/transaction",
            "behind at the end, ms");

    /** @param title what a transaction does */
    private enum Workload {
        UPDATE("UPDATE of one row"),
        INSERT("INSERT of one row"),
        MIXED("BEGIN, SELECT, UPDATE, INSERT, COMMIT"),
        BULK("INSERT of 1,000 rows");

        private final String title;

        Workload(String title) {
            this.title = title;
        }

        String script(WriteWay way) {
            return name().toLowerCase(Locale.ROOT) + way.script() + ".sql";
        }
    }

    @Override
    public String name() {
        return "03-dual-writes";
    }

    @Override
    public String title() {
        return "Writing both sides";
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        int rows = bench.quick() ? 10_000 : 100_000;
        for (boolean fsync : new boolean[] {true, false}) {
            try (DualWriteBed bed = DualWriteBed.make(bench, bench.scenario(name()), fsync, rows)) {
                if (!bench.quick()) {
                    warmUp(bench, bed);
                }
                for (Workload workload : Workload.values()) {
                    if (fsync || workload == Workload.UPDATE || !bench.quick()) {
                        compare(bench, report, bed, workload);
                    }
                }
                mirroredAsMeant(bed.admin());
            }
        }
    }

    private static void warmUp(Bench bench, DualWriteBed bed) throws Exception {
        for (WriteWay way : bed.ways()) {
            if (way.proxied()) {
                WarmUp.until(
                        way.contender().pid(),
                        () -> bed.turn(way, Workload.UPDATE.script(way), CLIENTS, bench.warmUpSeconds() / 2));
            }
        }
    }

    private static void compare(Bench bench, Report report, DualWriteBed bed, Workload workload) throws Exception {
        boolean judged = workload == Workload.UPDATE && bed.fsync();
        double seconds = judged && !bench.quick() ? 3 : 1;
        int rounds = judged || bench.quick() ? bench.rounds() : bed.fsync() ? 3 : 2;
        String title = workload.title + (bed.fsync() ? ", fsync" : ", no fsync");
        bench.say("%s", title);
        bed.forgetDelays();
        Rounds measured =
                Rounds.of(rounds, bed.ways().stream().map(WriteWay::contender).toList(), contender -> {
                    WriteWay way = bed.way(contender);
                    return bed.turn(way, workload.script(way), CLIENTS, seconds);
                });
        List<List<String>> table = new ArrayList<>();
        for (WriteWay way : bed.ways()) {
            table.add(row(bed, measured, way));
            bench.say("  %s", String.join("  ", table.get(table.size() - 1)));
        }
        report.tables()
                .add(new Table(
                        format(
                                "%s; %d clients, prepared, as fast as they can; %d rounds of %.0f s",
                                title, CLIENTS, rounds, seconds),
                        COLUMNS,
                        table));
        if (workload == Workload.UPDATE) {
            report.charts().add(throughput(bed, title, measured));
            lag(bench, report, bed);
        }
        if (judged) {
            targets(report, title, measured);
        }
    }

    private static List<String> row(DualWriteBed bed, Rounds measured, WriteWay way) {
        String name = way.name();
        List<String> row = new ArrayList<>(List.of(
                name,
                format("%.0f", measured.median(name, Pgbench.Run::tps)),
                format("%.2f", measured.ratio(name, way.plain()))));
        row.addAll(Figures.percentiles(measured.latency(name)));
        row.add(way.proxied() ? format("%.1f", measured.median(name, Pgbench.Run::cpuMicrosPerTransaction)) : "");
        row.add(way.late() ? format("%.0f", bed.medianDelayMillis(way)) : "");
        return row;
    }

    private static Chart throughput(DualWriteBed bed, String title, Rounds measured) {
        List<String> names = bed.ways().stream().map(WriteWay::name).toList();
        return new Chart(
                "throughput-update-" + (bed.fsync() ? "fsync" : "no-fsync"),
                title,
                "",
                "transactions/s",
                Kind.BARS,
                List.of(new Series(
                        "transactions/s",
                        names,
                        List.of(),
                        names.stream()
                                .map(name -> measured.median(name, Pgbench.Run::tps))
                                .toList())));
    }

    /** In runs of its own: asking every ten milliseconds costs the clients something. */
    private static void lag(Bench bench, Report report, DualWriteBed bed) throws Exception {
        WriteWay deferred = bed.way(WriteWay.DEFERRED);
        double seconds = bench.quick() ? 1 : 8;
        List<Pgbench.Run> run = new ArrayList<>();
        ResyncLag lag = ResyncLag.during(
                bed.admin(),
                deferred.contender().database(),
                () -> run.add(Pgbench.run(
                        deferred.contender(), CLIENTS, seconds, 0, bed.options(Workload.UPDATE.script(deferred)))));
        bed.settle(deferred);
        Histogram oldest = lag.oldestMillis();
        long late = oldest.getValueAtPercentile(99);
        String when = bed.fsync() ? "fsync" : "no fsync";
        report.tables()
                .add(new Table(
                        "Age of the oldest mark, deferred, UPDATE of one row, " + when + ", asked for every 10 ms",
                        List.of("transactions/s", "answers", "p50 ms", "p99 ms", "max ms", "most marks pending"),
                        List.of(List.of(
                                format("%.0f", run.get(0).tps()),
                                Long.toString(oldest.getTotalCount()),
                                Long.toString(oldest.getValueAtPercentile(50)),
                                Long.toString(late),
                                Long.toString(oldest.getMaxValue()),
                                Long.toString(lag.mostPending())))));
        bench.say("  lag: p99 %d ms, max %d ms, most pending %d", late, oldest.getMaxValue(), lag.mostPending());
        if (bed.fsync()) {
            report.target("deferred dual write at full load: lag p99", "under 50 ms", late + " ms", late < 50);
        }
    }

    private static void targets(Report report, String title, Rounds measured) {
        double inline = measured.ratio(WriteWay.INLINE, WriteWay.UNMIRRORED);
        double byHand = measured.ratio(WriteWay.BY_HAND, WriteWay.DIRECT);
        double trigger = measured.ratio(WriteWay.INLINE, WriteWay.TRIGGER);
        double own = measured.ratio(WriteWay.INLINE, WriteWay.OWN);
        double deferred = measured.ratio(WriteWay.DEFERRED, WriteWay.UNMIRRORED);
        String what = "inline dual write (" + title + ")";
        report.target(
                what + ": of unmirrored",
                format("the database's own, %.2f (one statement by hand of the plain one, direct)", byHand),
                format("%.2f", inline),
                inline >= byHand);
        report.target(what + ": of a trigger's, both through the proxy", "1.00", format("%.2f", trigger), trigger >= 1);
        report.target(
                what + ": of the application's own, both through the proxy", "2.00", format("%.2f", own), own >= 2);
        report.target(
                "deferred dual write (" + title + "): of unmirrored",
                "0.85",
                format("%.2f", deferred),
                deferred >= 0.85);
    }

    /** Figures of statements that were left to the net would be another thing's. */
    private static void mirroredAsMeant(Admin admin) throws IOException, InterruptedException {
        for (JsonNode seen : admin.statements("inline")) {
            if (seen.get("net").longValue() > 0 || seen.get("marked").longValue() > 0) {
                throw new IOException("not written inline: " + seen);
            }
        }
        for (JsonNode seen : admin.statements("deferred")) {
            if (seen.get("net").longValue() > 0) {
                throw new IOException("not marked by its statement: " + seen);
            }
        }
    }
}
