// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** All JMH benchmarks, each in a JVM of its own, with what they allocate. No server takes part. */
final class Microbenchmarks implements Scenario {
    private static final String ALLOCATED = "gc.alloc.rate.norm";
    /** JMH's own bookkeeping shows as thousandths of a byte. */
    private static final double NOTHING = 0.1;

    private static final double WANTED_GATE_NANOS = 25;
    private static final double WANTED_GROWTH = 1.3;
    private static final double WANTED_CACHED_NANOS = 100;

    /** One benchmark's figures: nanoseconds an operation with half the width of the 99.9 % interval, bytes an operation. */
    private record Figure(double nanos, double error, double bytes) {}

    @Override
    public String name() {
        return "jmh";
    }

    @Override
    public String title() {
        return "Single operations, by JMH";
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("dev\\.cutover\\..*Benchmark\\.")
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
        if (bench.quick()) {
            options.warmupIterations(0).measurementIterations(1).measurementTime(TimeValue.milliseconds(20));
        }
        Map<String, Figure> figures = new TreeMap<>();
        for (RunResult result : new Runner(options.build()).run()) {
            Result<?> time = result.getPrimaryResult();
            Result<?> bytes =
                    Objects.requireNonNull(result.getSecondaryResults().get(ALLOCATED), ALLOCATED);
            figures.put(label(result.getParams()), new Figure(time.getScore(), time.getScoreError(), bytes.getScore()));
        }
        List<List<String>> rows = new ArrayList<>();
        figures.forEach((label, figure) -> {
            rows.add(List.of(label, nanos(figure.nanos()), error(figure), bytes(figure)));
            bench.say("  %s", String.join("  ", rows.get(rows.size() - 1)));
        });
        report.tables()
                .add(new Table(
                        "Averages; the error is half of the 99.9 % interval",
                        List.of("benchmark", "ns/op", "error", "B/op"), rows));
        targets(report, figures);
    }

    /** {@code GateBenchmark.enterRouteLeave, tenants=1000}. */
    private static String label(BenchmarkParams benchmark) {
        String full = benchmark.getBenchmark();
        StringBuilder label = new StringBuilder(full.substring(full.lastIndexOf('.', full.lastIndexOf('.') - 1) + 1));
        for (String key : benchmark.getParamsKeys()) {
            label.append(", ").append(key).append('=').append(benchmark.getParam(key));
        }
        return label.toString();
    }

    private static void targets(Report report, Map<String, Figure> figures) {
        for (String tenants : List.of("1", "100000")) {
            within(report, figures, "GateBenchmark.enterRouteLeave, tenants=" + tenants, WANTED_GATE_NANOS);
        }
        growth(report, figures, "GateBenchmark.enterRouteLeave");
        growth(report, figures, "RouteBenchmark.lookUp");
        within(report, figures, "PlanningBenchmark.cachedWrite", WANTED_CACHED_NANOS);
        within(report, figures, "PlanningBenchmark.cachedUnmirrored", WANTED_CACHED_NANOS);
    }

    private static void within(Report report, Map<String, Figure> figures, String label, double nanos) {
        Figure figure = figure(figures, label);
        report.target(
                label,
                String.format(Locale.ROOT, "at most %.0f ns, 0 B", nanos),
                nanos(figure.nanos()) + " ns, " + bytes(figure) + " B",
                figure.nanos() <= nanos && figure.bytes() < NOTHING);
    }

    private static void growth(Report report, Map<String, Figure> figures, String benchmark) {
        double ratio = figure(figures, benchmark + ", tenants=100000").nanos()
                / figure(figures, benchmark + ", tenants=1").nanos();
        report.target(
                benchmark + ", 100,000 tenants",
                String.format(Locale.ROOT, "%.1f times that of 1", WANTED_GROWTH),
                String.format(Locale.ROOT, "%.2f", ratio),
                ratio <= WANTED_GROWTH);
    }

    private static Figure figure(Map<String, Figure> figures, String label) {
        Figure figure = figures.get(label);
        if (figure == null) {
            throw new IllegalArgumentException("no benchmark " + label);
        }
        return figure;
    }

    private static String nanos(double nanos) {
        return String.format(Locale.ROOT, nanos < 100 ? "%.1f" : "%,.0f", nanos);
    }

    private static String error(Figure figure) {
        return Double.isNaN(figure.error()) ? "" : "± " + nanos(figure.error());
    }

    private static String bytes(Figure figure) {
        return figure.bytes() < NOTHING ? "0" : String.format(Locale.ROOT, "%,.0f", figure.bytes());
    }
}
