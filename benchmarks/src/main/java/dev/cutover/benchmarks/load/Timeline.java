// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Mover.Move;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * A run of clients that are moved meanwhile: every transaction, every move, and what went wrong.
 *
 * @param seconds that the clients ran
 * @param errors transactions that failed, and clients that gave up
 */
record Timeline(List<Transaction> transactions, List<Move> moves, double seconds, long errors) {
    private static final long BIN_MICROS = 10_000;

    record Transaction(long endMicros, long micros) {}

    /** Where maxima of latency lie over time. */
    record Peaks(List<Double> seconds, List<Double> millis) {}

    /** Runs clients for a second more than there are moves, one each second. */
    static Timeline watch(Bench bench, Contender contender, int clients, List<String> options, int moves, Mover mover)
            throws Exception {
        return watch(bench, List.of(contender), clients, options, moves, mover);
    }

    /** Does the same with several contenders at once. @param clients of all contenders together */
    static Timeline watch(
            Bench bench, List<Contender> contenders, int clients, List<String> options, int moves, Mover mover)
            throws Exception {
        int seconds = moves + 1;
        List<Callable<Part>> parts = new ArrayList<>();
        for (Contender contender : contenders) {
            parts.add(() -> Part.run(contender, clients / contenders.size(), seconds, options));
        }
        CompletableFuture<List<Part>> run = CompletableFuture.supplyAsync(() -> {
            try {
                return Together.all(parts);
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
        List<Move> made = new ArrayList<>();
        long due = System.nanoTime();
        for (int i = 0; i < moves; i++) {
            due += TimeUnit.SECONDS.toNanos(1);
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            Move move = mover.move();
            made.add(move);
            if (!move.failure().isEmpty()) {
                bench.say("  %s did not move: %s", contenders.get(0).name(), move.failure());
            }
        }
        List<Transaction> transactions = new ArrayList<>();
        long errors = 0;
        for (Part part : run.join()) {
            transactions.addAll(part.transactions);
            errors += part.watched.errors();
            if (part.watched.errors() > 0) {
                bench.say("  %s: %s", contenders.get(0).name(), part.watched.output());
            }
        }
        return new Timeline(transactions, made, seconds, errors);
    }

    /** The clients of one contender. */
    private record Part(Pgbench.Watched watched, List<Transaction> transactions) {
        static Part run(Contender contender, int clients, double seconds, List<String> options) throws Exception {
            List<Transaction> transactions = new ArrayList<>();
            Pgbench.Watched watched = Pgbench.watch(
                    contender,
                    clients,
                    seconds,
                    options,
                    (end, micros) -> transactions.add(new Transaction(end, micros)));
            return new Part(watched, transactions);
        }
    }

    /** Latencies in microseconds of the transactions that ran while a move did, or of all others. */
    Histogram latency(boolean duringMoves) {
        Histogram histogram = new Histogram(Pgbench.LONGEST_MICROS, 3);
        for (Transaction one : transactions) {
            if (duringMoves
                    == moves.stream().anyMatch(move -> move.overlaps(one.endMicros - one.micros, one.endMicros))) {
                histogram.recordValue(Math.min(Pgbench.LONGEST_MICROS, one.micros));
            }
        }
        return histogram;
    }

    /**
     * The longest latency of the transactions that ended within the same ten milliseconds, from a moment before a move on.
     *
     * @param lead seconds before the move
     */
    Peaks peaks(Move move, double lead, double seconds) {
        long from = move.beginMicros() - Math.round(lead * 1e6);
        TreeMap<Long, Long> bins = new TreeMap<>();
        for (Transaction one : transactions) {
            long offset = one.endMicros - from;
            if (offset >= 0 && offset < seconds * 1e6) {
                bins.merge(offset / BIN_MICROS, one.micros, Math::max);
            }
        }
        return new Peaks(
                bins.keySet().stream().map(bin -> bin * BIN_MICROS / 1e6).toList(),
                bins.values().stream().map(micros -> micros / 1e3).toList());
    }
}
