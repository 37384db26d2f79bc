// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Chart;
import dev.cutover.benchmarks.load.Report.Kind;
import dev.cutover.benchmarks.load.Report.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Draws latencies up to the slowest of so many transactions, both axes logarithmic. */
final class Distribution {
    private static final double[] ONE_IN = {
        2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000
    };
    private static final double MICROS_PER_MILLI = 1_000;

    private Distribution() {}

    /** @param latencies in microseconds, by whose they are; in the order in which they are drawn */
    static Chart of(String name, String title, Map<String, Histogram> latencies) {
        List<Series> series = new ArrayList<>();
        latencies.forEach((whose, latency) -> series.add(series(whose, latency)));
        return new Chart(name, title, "one of this many transactions is slower", "ms", Kind.PERCENTILES, series);
    }

    /** As far as there are transactions enough for it. */
    private static Series series(String name, Histogram latency) {
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        for (double oneIn : ONE_IN) {
            if (oneIn <= Math.max(2, latency.getTotalCount())) {
                x.add(oneIn);
                y.add(Math.max(1, latency.getValueAtPercentile(100 - 100 / oneIn)) / MICROS_PER_MILLI);
            }
        }
        return new Series(name, List.of(), x, y);
    }
}
