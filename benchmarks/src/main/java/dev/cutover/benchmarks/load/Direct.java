// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Table;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** What the machine and its PostgreSQL do with nothing between: what all other figures are to be read beside. */
final class Direct implements Scenario {
    /** Of the full throughput: the rate at which latencies are taken. */
    private static final double LOAD = 0.6;

    @Override
    public String name() {
        return "01-direct";
    }

    @Override
    public String title() {
        return "The database alone";
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        int rounds = bench.quick() ? 1 : 3;
        double seconds = bench.quick() ? 1 : 3;
        List<List<String>> rows = new ArrayList<>();
        try (Server server = Server.start(true)) {
            Contender direct = Contender.direct(server);
            Pgbench.initialise(direct, 10);
            for (String script : List.of("-S", "tpcb-like")) {
                List<String> options =
                        script.equals("-S") ? List.of("-S", "-M", "prepared") : List.of("-M", "prepared");
                for (int clients : bench.quick() ? new int[] {8} : new int[] {1, 8, 64}) {
                    Rounds full =
                            Rounds.of(rounds, List.of(direct), one -> Pgbench.run(one, clients, seconds, 0, options));
                    double rate = full.median(direct.name(), Pgbench.Run::tps) * LOAD;
                    Histogram paced = Rounds.of(
                                    rounds, List.of(direct), one -> Pgbench.run(one, clients, seconds, rate, options))
                            .latency(direct.name());
                    List<String> row = new ArrayList<>(List.of(
                            "pgbench " + script,
                            Integer.toString(clients),
                            Figures.format("%.0f", full.median(direct.name(), Pgbench.Run::tps))));
                    row.addAll(Figures.percentiles(paced));
                    rows.add(row);
                    bench.say("  %s", String.join("  ", row));
                }
            }
        }
        List<String> columns = new ArrayList<>(List.of("prepared", "clients", "transactions/s"));
        columns.addAll(Figures.PERCENTILES);
        report.tables()
                .add(new Table(
                        Figures.format("As fast as can be, and latencies at %.1f of that rate", LOAD), columns, rows));
    }
}
