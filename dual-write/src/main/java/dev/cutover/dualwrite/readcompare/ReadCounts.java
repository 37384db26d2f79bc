// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.readcompare;

import dev.cutover.dualwrite.analyze.StatementFingerprint;
import dev.cutover.dualwrite.readcompare.ReadComparer.Comparison;
import dev.cutover.dualwrite.readcompare.Verdict.Different;
import dev.cutover.dualwrite.readcompare.Verdict.Equal;
import dev.cutover.dualwrite.readcompare.Verdict.Incomparable;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What has come of a tenant's compared reads, by {@link StatementFingerprint}. Bounded: where there are too many fingerprints,
 * one that is equal so far goes, the least compared first.
 *
 * <p>Safe for use by many threads.
 */
public final class ReadCounts {
    static final int MOST = 1_000;

    private final Map<String, Counters> counters = new HashMap<>();

    private static final class Counters {
        private long equal;
        private long different;
        private long incomparable;
        private String difference = "";
        private String doubt = "";
        private long timed;
        private long servingNanos;
        private long idleNanos;

        long all() {
            return equal + different + incomparable;
        }
    }

    /**
     * What has come of one fingerprint's reads.
     *
     * @param difference the first one, in words; empty if there was none
     * @param doubt why the last one that could not be compared could not; empty if there was none
     * @param timed how many were answered by both sides
     * @param servingNanos how long these took there in all
     */
    public record Compared(
            String statement,
            long equal,
            long different,
            long incomparable,
            String difference,
            String doubt,
            long timed,
            long servingNanos,
            long idleNanos) {
        /** Fewer runs say nothing about how long they take. */
        private static final long ENOUGH = 20;

        private static final double MUCH_SLOWER = 3;

        /** The same statement's reads, here and there together. */
        public Compared and(Compared other) {
            return new Compared(
                    statement,
                    equal + other.equal,
                    different + other.different,
                    incomparable + other.incomparable,
                    difference.isEmpty() ? other.difference : difference,
                    doubt.isEmpty() ? other.doubt : doubt,
                    timed + other.timed,
                    servingNanos + other.servingNanos,
                    idleNanos + other.idleNanos);
        }

        /** How many times as long the idle side takes, if that is much and known well enough; 0 if not. */
        public double slower() {
            double times = servingNanos == 0 ? 0 : (double) idleNanos / servingNanos;
            return timed >= ENOUGH && times >= MUCH_SLOWER ? times : 0;
        }
    }

    /** Counts one. */
    public synchronized void count(String sql, Comparison comparison) {
        Counters found = counters(StatementFingerprint.of(sql));
        if (comparison.servingNanos() > 0 && comparison.idleNanos() > 0) {
            found.timed++;
            found.servingNanos += comparison.servingNanos();
            found.idleNanos += comparison.idleNanos();
        }
        Verdict verdict = comparison.verdict();
        if (verdict instanceof Equal) {
            found.equal++;
        } else if (verdict instanceof Different different) {
            found.different++;
            if (found.difference.isEmpty()) {
                found.difference = different.how();
            }
        } else if (verdict instanceof Incomparable incomparable) {
            found.incomparable++;
            found.doubt = incomparable.why();
        }
    }

    private Counters counters(String fingerprint) {
        Counters found = counters.get(fingerprint);
        if (found == null) {
            if (counters.size() >= MOST) {
                counters.entrySet().stream()
                        .min(Comparator.<Map.Entry<String, Counters>>comparingLong(entry -> entry.getValue().different)
                                .thenComparingLong(entry -> entry.getValue().all()))
                        .map(Map.Entry::getKey)
                        .ifPresent(counters::remove);
            }
            found = new Counters();
            counters.put(fingerprint, found);
        }
        return found;
    }

    /** Those that differ first, then the most compared. */
    public synchronized List<Compared> compared() {
        return counters.entrySet().stream()
                .map(entry -> compared(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparing((Compared each) -> each.different() == 0)
                        .thenComparing(each -> -(each.equal() + each.different() + each.incomparable()))
                        .thenComparing(Compared::statement))
                .toList();
    }

    private static Compared compared(String statement, Counters counters) {
        return new Compared(
                statement,
                counters.equal,
                counters.different,
                counters.incomparable,
                counters.difference,
                counters.doubt,
                counters.timed,
                counters.servingNanos,
                counters.idleNanos);
    }
}
