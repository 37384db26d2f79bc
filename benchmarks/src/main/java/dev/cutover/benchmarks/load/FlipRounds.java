// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Mover.Move;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Clients of a number, in turn: straight to the server, left alone by the proxy, flipped, and the same with PgBouncer. */
final class FlipRounds {
    /** Rounds and seconds, together a minute for the proxy with flips and a minute without. */
    private record Length(int rounds, int flips, int still, int pauses, int direct) {}

    private static final Length FULL = new Length(3, 20, 20, 10, 5);
    private static final Length QUICK = new Length(1, 3, 3, 3, 3);

    private final Bench bench;
    private final int clients;
    private final List<String> options;
    private final Length length;
    private final List<Pgbench.Run> direct = new ArrayList<>();
    private final List<Pgbench.Run> still = new ArrayList<>();
    private final List<Pgbench.Run> stillBouncer = new ArrayList<>();
    private final List<Timeline> flipped = new ArrayList<>();
    private final List<Timeline> paused = new ArrayList<>();

    FlipRounds(Bench bench, int clients, List<String> options) {
        this.bench = bench;
        this.clients = clients;
        this.options = options;
        this.length = bench.quick() ? QUICK : FULL;
    }

    void run(Contender server, Contender proxy, Mover flips, Contender bouncer, Mover pauses) throws Exception {
        bench.say("%d clients", clients);
        for (int round = 0; round < length.rounds; round++) {
            direct.add(Pgbench.run(server, clients, length.direct, 0, options));
            still.add(Pgbench.run(proxy, clients, length.still, 0, options));
            flipped.add(Timeline.watch(bench, proxy, clients, options, length.flips, flips));
            stillBouncer.add(Pgbench.run(bouncer, clients, length.direct, 0, options));
            paused.add(Timeline.watch(bench, bouncer, clients, options, length.pauses, pauses));
        }
    }

    int clients() {
        return clients;
    }

    /** Straight to the server. */
    List<Pgbench.Run> direct() {
        return direct;
    }

    /** Through the proxy, without flips. */
    List<Pgbench.Run> still() {
        return still;
    }

    List<Pgbench.Run> stillBouncer() {
        return stillBouncer;
    }

    List<Timeline> flipped() {
        return flipped;
    }

    List<Timeline> paused() {
        return paused;
    }

    /** All rounds together. */
    static Histogram latency(List<Pgbench.Run> runs) {
        Histogram all = new Histogram(Pgbench.LONGEST_MICROS, 3);
        runs.forEach(run -> all.add(run.latency()));
        return all;
    }

    static Histogram latency(List<Timeline> timelines, boolean duringMoves) {
        Histogram all = new Histogram(Pgbench.LONGEST_MICROS, 3);
        timelines.forEach(timeline -> all.add(timeline.latency(duringMoves)));
        return all;
    }

    static List<Move> moves(List<Timeline> timelines) {
        return timelines.stream().flatMap(timeline -> timeline.moves().stream()).toList();
    }

    static long errors(List<Timeline> timelines) {
        return timelines.stream().mapToLong(Timeline::errors).sum();
    }

    static double transactionsPerSecond(List<Timeline> timelines) {
        return Rounds.median(timelines.stream()
                .mapToDouble(timeline -> timeline.transactions().size() / timeline.seconds())
                .toArray());
    }
}
