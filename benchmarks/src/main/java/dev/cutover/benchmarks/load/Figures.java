// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Figures as tables show them. */
final class Figures {
    /** The headings of {@link #percentiles}. */
    static final List<String> PERCENTILES = List.of("p50 ms", "p99 ms", "p99.9 ms", "max ms");

    private static final double[] SHOWN = {50, 99, 99.9, 100};

    private Figures() {}

    static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    static String millis(long micros) {
        return format("%.2f", micros / 1000.0);
    }

    /** @param micros latencies in microseconds */
    static List<String> percentiles(Histogram micros) {
        List<String> cells = new ArrayList<>();
        for (double percentile : SHOWN) {
            cells.add(millis(micros.getValueAtPercentile(percentile)));
        }
        return cells;
    }
}
