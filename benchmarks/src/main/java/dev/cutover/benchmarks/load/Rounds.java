// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * Runs of several contenders in turn, A B C A B C: what drifts in the machine drifts for all of them. Figures are medians
 * over the rounds, ratios are taken round by round.
 */
final class Rounds {
    private final Map<String, List<Pgbench.Run>> runs = new LinkedHashMap<>();

    /** One run of one contender. */
    interface Turn {
        Pgbench.Run run(Contender contender) throws Exception;
    }

    static Rounds of(int rounds, List<Contender> contenders, Turn turn) throws Exception {
        Rounds result = new Rounds();
        for (Contender contender : contenders) {
            result.runs.put(contender.name(), new java.util.ArrayList<>());
        }
        for (int round = 0; round < rounds; round++) {
            for (Contender contender : contenders) {
                result.of(contender.name()).add(turn.run(contender));
            }
        }
        return result;
    }

    private List<Pgbench.Run> of(String contender) {
        List<Pgbench.Run> all = runs.get(contender);
        if (all == null) {
            throw new IllegalArgumentException("no contender " + contender);
        }
        return all;
    }

    double median(String contender, ToDoubleFunction<Pgbench.Run> figure) {
        return median(of(contender).stream().mapToDouble(figure).toArray());
    }

    /** The median of the rounds' ratios of throughput. */
    double ratio(String contender, String to) {
        List<Pgbench.Run> own = of(contender);
        List<Pgbench.Run> other = of(to);
        double[] ratios = new double[own.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = own.get(i).tps() / other.get(i).tps();
        }
        return median(ratios);
    }

    /** The latencies of all rounds together. */
    Histogram latency(String contender) {
        Histogram all = new Histogram(of(contender).get(0).latency());
        all.reset();
        of(contender).forEach(run -> all.add(run.latency()));
        return all;
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
