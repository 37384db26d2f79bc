// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** One tenant goes back and forth while others, and it too, write at a fixed rate. */
final class FlippingNeighbour {
    private static final Duration PERIOD = Duration.ofMillis(250);
    private static final double WANTED = 1.1;
    /** Transactions a second of the others, well below what two cores can do. */
    private static final int RATE = 400;
    /** And of the one that flips. */
    private static final int OWN_RATE = 50;

    /** An UPDATE, a SELECT and an INSERT. */
    private static final List<String> OPTIONS = List.of("-N", "-M", "prepared");

    private final Admin admin;
    private final Contender moving;
    private final List<Contender> others;

    /** @param proxy one with neighbours */
    FlippingNeighbour(TenantProxies.Started proxy) {
        this.admin = new Admin(proxy.peers().adminPort());
        this.moving = proxy.proxy().tenant(MovingSchemas.TENANT);
        this.others = TenantSchemas.busy(proxy.proxy(), TenantSchemas.BUSY);
    }

    void run(Bench bench, Report report) throws Exception {
        int rounds = bench.quick() ? 1 : 5;
        double seconds = bench.quick() ? 2 : 8;
        MovingSchemas.ready(admin);
        Flipping flipping = new Flipping(admin, MovingSchemas.TENANT);
        Histogram calm = new Histogram(Pgbench.LONGEST_MICROS, 3);
        Histogram beside = new Histogram(Pgbench.LONGEST_MICROS, 3);
        double[] ratios = new double[rounds];
        WarmUp.until(
                bench.quick() ? 0 : moving.pid(), () -> flipping.beside(PERIOD, () -> load(bench.warmUpSeconds())));
        int before = flipping.done();
        for (int round = 0; round < rounds; round++) {
            Histogram without = load(seconds);
            Histogram with = flipping.beside(PERIOD, () -> load(seconds));
            ratios[round] = with.getValueAtPercentile(99) / (double) without.getValueAtPercentile(99);
            bench.say("  round %d: p99 of other tenants %.2f of that without flips", round + 1, ratios[round]);
            calm.add(without);
            beside.add(with);
        }
        int flips = flipping.done() - before;
        report.tables()
                .add(new Table(
                        Figures.format(
                                "%d transactions/s (pgbench -N) of %d tenants' clients while another tenant, with %d/s of"
                                        + " its own, flips",
                                RATE, others.size(), OWN_RATE),
                        columns(),
                        List.of(
                                row("without flips", calm),
                                row(Figures.format("%d flips in %.0f s", flips, rounds * seconds), beside))));
        double ratio = Rounds.median(ratios);
        report.target(
                "p99 of other tenants while one flips",
                Figures.format("%.1f times that without flips", WANTED),
                Figures.format("%.2f", ratio),
                ratio <= WANTED);
    }

    /** @return the others' latencies */
    private Histogram load(double seconds) throws Exception {
        return Together.<Pgbench.Run>all(List.of(
                        () -> Together.run(others, seconds, RATE, OPTIONS),
                        () -> Together.run(List.of(moving, moving), seconds, OWN_RATE, OPTIONS)))
                .get(0)
                .latency();
    }

    private static List<String> columns() {
        List<String> columns = new ArrayList<>(List.of("the others"));
        columns.addAll(Figures.PERCENTILES);
        return columns;
    }

    private static List<String> row(String name, Histogram latency) {
        List<String> row = new ArrayList<>(List.of(name));
        row.addAll(Figures.percentiles(latency));
        return row;
    }
}
