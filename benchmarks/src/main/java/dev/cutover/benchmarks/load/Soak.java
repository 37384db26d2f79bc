// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Chart;
import dev.cutover.benchmarks.load.Report.Kind;
import dev.cutover.benchmarks.load.Report.Series;
import dev.cutover.benchmarks.load.Report.Table;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** A mirrored tenant under moderate load, flipped back and forth, for an hour: memory must not grow. */
final class Soak implements Scenario {
    private static final int CLIENTS = 8;
    private static final int RATE = 200;
    private static final List<String> OPTIONS = List.of("-M", "prepared");
    private static final int SECOND = 1;
    private static final int LAST = 3;
    private static final double WANTED = 1.1;

    private final int minutes = Integer.getInteger("cutover.bench.soak-minutes", 60);

    @Override
    public String name() {
        return "08-soak";
    }

    @Override
    public String title() {
        return "Memory in the long run";
    }

    @Override
    public boolean partOfAll() {
        return false;
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        Duration length = bench.quick() ? Duration.ofSeconds(6) : Duration.ofMinutes(minutes);
        Duration step = bench.quick() ? Duration.ofSeconds(1) : Duration.ofSeconds(30);
        try (Server server = Server.start(true);
                Peers peers = new Peers(bench.home(), bench.home().resolve("benchmarks/scenarios/" + name()), server)) {
            MovingSchemas.create(server, bench.quick() ? 1 : 10);
            Contender proxy = peers.cutover(MovingSchemas.TENANT);
            Admin admin = new Admin(peers.adminPort());
            MovingSchemas.ready(admin);
            Flipping flipping = new Flipping(admin, MovingSchemas.TENANT);
            // The last look is not left to a race with the load's end.
            MemoryWatch memory = new MemoryWatch(bench, proxy.pid(), (int) length.dividedBy(step) - 1);
            Pgbench.Run run = flipping.beside(
                    step,
                    () -> Beside.repeat(
                            step,
                            memory::look,
                            () -> Together.run(
                                    Collections.nCopies(CLIENTS, proxy), length.toSeconds(), RATE, OPTIONS)));
            if (memory.quarters() <= LAST) {
                throw new IOException("the load ended early");
            }
            tables(report, run, flipping.done(), memory);
            chart(report, step, memory);
            double growth = memory.residentMib(LAST) / memory.residentMib(SECOND);
            report.target(
                    Figures.format("resident memory over %d minutes, last quarter (median)", length.toMinutes()),
                    Figures.format("%.1f times the second quarter's", WANTED),
                    Figures.format("%.2f", growth),
                    growth <= WANTED);
        }
    }

    private static void tables(Report report, Pgbench.Run run, int flips, MemoryWatch memory) {
        List<String> columns = new ArrayList<>(List.of("transactions", "flips and rollbacks"));
        columns.addAll(Figures.PERCENTILES);
        List<String> row = new ArrayList<>(List.of(Figures.format("%,d", run.transactions()), Integer.toString(flips)));
        row.addAll(Figures.percentiles(run.latency()));
        report.tables()
                .add(new Table(
                        Figures.format(
                                "pgbench tpcb-like, prepared, mirrored, %d clients, %d/s; one failure would have ended it",
                                CLIENTS, RATE),
                        columns,
                        List.of(row)));
        report.tables()
                .add(new Table(
                        "The proxy's memory",
                        List.of("quarter", "resident MiB, median", "heap MiB at its end, after a collection"),
                        IntStream.rangeClosed(0, LAST)
                                .mapToObj(quarter -> List.of(
                                        Integer.toString(quarter + 1),
                                        Figures.format("%.0f", memory.residentMib(quarter)),
                                        Figures.format("%.1f", memory.heapMib(quarter))))
                                .toList()));
    }

    private static void chart(Report report, Duration step, MemoryWatch memory) {
        List<Double> resident = memory.residentMib();
        List<Double> minutes = IntStream.rangeClosed(1, resident.size())
                .mapToObj(look -> look * step.toSeconds() / 60.0)
                .toList();
        report.charts()
                .add(new Chart(
                        "memory",
                        "Resident memory of the proxy",
                        "minutes",
                        "MiB",
                        Kind.LINES,
                        List.of(new Series("resident", List.of(), minutes, resident))));
    }
}
