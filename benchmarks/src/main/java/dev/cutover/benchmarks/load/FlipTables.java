// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import static dev.cutover.benchmarks.load.Figures.format;
import static dev.cutover.benchmarks.load.Figures.millis;

import dev.cutover.benchmarks.load.Mover.Move;
import dev.cutover.benchmarks.load.Report.Chart;
import dev.cutover.benchmarks.load.Report.Kind;
import dev.cutover.benchmarks.load.Report.Series;
import dev.cutover.benchmarks.load.Report.Table;
import dev.cutover.benchmarks.load.Timeline.Peaks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What the page shows of {@link FlipRounds}. */
final class FlipTables {
    private static final String BOUNCER = "PgBouncer (transaction), PAUSE to RESUME";
    private static final String FLIPS = "Cutover, flip and rollback";
    private static final double LEAD_SECONDS = 0.5;
    private static final double SHOWN_SECONDS = 4;

    private final FlipRounds rounds;

    FlipTables(FlipRounds rounds) {
        this.rounds = rounds;
    }

    /** What clients felt. */
    Table latencies() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(still("direct, one side written", rounds.direct()));
        rows.add(still("Cutover, both sides written, no flips", rounds.still()));
        moved(rows, "Cutover, a flip or rollback each second", rounds.flipped());
        rows.add(still("PgBouncer (transaction), one side written", rounds.stillBouncer()));
        moved(rows, "PgBouncer (transaction), a PAUSE each second", rounds.paused());
        List<String> columns = new ArrayList<>(List.of("clients of", "transactions/s", "transactions"));
        columns.addAll(Figures.PERCENTILES);
        columns.add("errors");
        return new Table(
                format(
                        "pgbench tpcb-like, simple, %d clients, as fast as they can (during: what overlaps a move from its"
                                + " first check to its end)",
                        rounds.clients()),
                columns,
                rows);
    }

    private static List<String> still(String name, List<Pgbench.Run> runs) {
        Histogram latency = FlipRounds.latency(runs);
        double rate = Rounds.median(runs.stream().mapToDouble(Pgbench.Run::tps).toArray());
        return row(name, format("%.0f", rate), latency, "0");
    }

    private static void moved(List<List<String>> rows, String name, List<Timeline> timelines) {
        rows.add(row(
                name + ": during",
                format("%.0f", FlipRounds.transactionsPerSecond(timelines)),
                FlipRounds.latency(timelines, true),
                Long.toString(FlipRounds.errors(timelines))));
        rows.add(row(name + ": between", "", FlipRounds.latency(timelines, false), ""));
    }

    private static List<String> row(String name, String rate, Histogram latency, String errors) {
        List<String> row = new ArrayList<>(List.of(name, rate, Long.toString(latency.getTotalCount())));
        row.addAll(Figures.percentiles(latency));
        row.add(errors);
        return row;
    }

    /** How long clients were held. */
    Table moves() {
        return new Table(
                format("How long new transactions were held, %d clients", rounds.clients()),
                List.of(
                        "",
                        "moves",
                        "that did not go",
                        "first ms",
                        "p50 ms",
                        "p99 ms",
                        "max ms",
                        "longest client wait during a move, ms"),
                List.of(moves(FLIPS, rounds.flipped()), moves(BOUNCER, rounds.paused())));
    }

    private static List<String> moves(String name, List<Timeline> timelines) {
        List<Move> all = FlipRounds.moves(timelines);
        Histogram holds = holds(timelines);
        return List.of(
                name,
                Integer.toString(all.size()),
                Long.toString(
                        all.stream().filter(move -> !move.failure().isEmpty()).count()),
                millis(all.get(0).holdMicros()),
                millis(holds.getValueAtPercentile(50)),
                millis(holds.getValueAtPercentile(99)),
                millis(holds.getMaxValue()),
                millis(FlipRounds.latency(timelines, true).getMaxValue()));
    }

    /** Holds of the moves that went, in microseconds. */
    static Histogram holds(List<Timeline> timelines) {
        Histogram holds = new Histogram(Pgbench.LONGEST_MICROS, 3);
        FlipRounds.moves(timelines).stream()
                .filter(move -> move.failure().isEmpty())
                .forEach(move -> holds.recordValue(move.holdMicros()));
        return holds;
    }

    /** Of all transactions of a run, be they during a move or not. */
    Chart distribution() {
        Map<String, Histogram> latencies = new LinkedHashMap<>();
        latencies.put(FLIPS, whole(rounds.flipped()));
        latencies.put("Cutover, no flips", FlipRounds.latency(rounds.still()));
        latencies.put(BOUNCER, whole(rounds.paused()));
        latencies.put("PgBouncer, no pauses", FlipRounds.latency(rounds.stillBouncer()));
        latencies.put(Contender.DIRECT, FlipRounds.latency(rounds.direct()));
        return Distribution.of(
                "latency-" + rounds.clients(),
                format(
                        "%d clients, as fast as they can: latency with a move each second and without",
                        rounds.clients()),
                latencies);
    }

    private static Histogram whole(List<Timeline> timelines) {
        Histogram all = FlipRounds.latency(timelines, true);
        all.add(FlipRounds.latency(timelines, false));
        return all;
    }

    /** Some seconds of the last round. */
    Chart timeline() {
        return new Chart(
                "timeline-" + rounds.clients(),
                format("Moved each second, %d clients: the slowest transaction of each 10 ms", rounds.clients()),
                "seconds",
                "ms",
                Kind.LINES,
                List.of(series(BOUNCER, rounds.paused()), series(FLIPS, rounds.flipped())));
    }

    private static Series series(String name, List<Timeline> timelines) {
        Timeline last = timelines.get(timelines.size() - 1);
        Move first = last.moves().get(last.moves().size() > SHOWN_SECONDS ? 2 : 0);
        Peaks peaks = last.peaks(first, LEAD_SECONDS, SHOWN_SECONDS);
        return new Series(name, List.of(), peaks.seconds(), peaks.millis());
    }
}
