// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** A tenant with few queries beside one that sends as many as it can, through the proxy and without. */
final class NoisyNeighbour {
    /** How many of a slow machine's clients are connected within a quick run's second. */
    private static final int QUICK_CLIENTS = 8;

    private static final int NOISY_CLIENTS = 64;
    private static final int QUIET_CLIENTS = 2;
    private static final int QUIET_RATE = 500;
    private static final List<String> OPTIONS = List.of("-S", "-M", "prepared");

    private final Map<String, Neighbours> cases = new LinkedHashMap<>();

    /** @param noisy null for none */
    private record Neighbours(Contender quiet, @Nullable Contender noisy) {}

    /** @param noise transactions a second of the noisy one; 0 if there is none */
    private record Heard(Histogram quiet, double noise) {}

    /** @param started one with neighbours */
    NoisyNeighbour(TenantProxies.Started started, Server server) {
        Contender proxy = started.proxy();
        Contender direct = Contender.direct(server, TenantSchemas.name(1));
        Contender quiet = proxy.tenant(TenantSchemas.name(1));
        cases.put("direct, alone", new Neighbours(direct, null));
        cases.put("direct", new Neighbours(direct, Contender.direct(server, TenantSchemas.name(0))));
        cases.put("Cutover, alone", new Neighbours(quiet, null));
        cases.put("Cutover", new Neighbours(quiet, proxy.tenant(TenantSchemas.name(0))));
        cases.put(
                "Cutover, pool-size: " + TenantProxies.LIMIT + " for the noisy one",
                new Neighbours(quiet, proxy.tenant(TenantProxies.LIMITED)));
    }

    void run(Bench bench, Report report) throws Exception {
        int rounds = bench.quick() ? 1 : 3;
        double seconds = bench.quick() ? 1 : 4;
        int clients = bench.quick() ? QUICK_CLIENTS : NOISY_CLIENTS;
        Map<String, List<Heard>> heard = new LinkedHashMap<>();
        cases.keySet().forEach(name -> heard.put(name, new ArrayList<>()));
        for (int round = 0; round < rounds; round++) {
            for (Map.Entry<String, List<Heard>> one : heard.entrySet()) {
                one.getValue().add(listen(one.getKey(), clients, seconds));
            }
        }
        List<List<String>> rows = new ArrayList<>();
        heard.forEach((name, all) -> {
            Histogram quiet = new Histogram(Pgbench.LONGEST_MICROS, 3);
            all.forEach(one -> quiet.add(one.quiet()));
            double noise = Rounds.median(all.stream().mapToDouble(Heard::noise).toArray());
            List<String> row = new ArrayList<>(List.of(name, noise == 0 ? "" : Figures.format("%.0f", noise)));
            row.addAll(Figures.percentiles(quiet));
            rows.add(row);
            bench.say("  %s", String.join("  ", row));
        });
        List<String> columns = new ArrayList<>(List.of("", "noise transactions/s"));
        columns.addAll(Figures.PERCENTILES);
        report.tables()
                .add(new Table(
                        Figures.format(
                                "A quiet tenant (pgbench -S, %d/s) beside a noisy one (pgbench -S, %d clients, as fast as"
                                        + " can be)",
                                QUIET_RATE, clients),
                        columns,
                        rows));
    }

    private Heard listen(String name, int clients, double seconds) throws Exception {
        Neighbours neighbours = cases.get(name);
        if (neighbours == null) {
            throw new IllegalArgumentException("no case " + name);
        }
        List<Callable<Pgbench.Run>> parts = new ArrayList<>();
        parts.add(() -> Pgbench.run(neighbours.quiet(), QUIET_CLIENTS, seconds, QUIET_RATE, OPTIONS));
        Contender noisy = neighbours.noisy();
        if (noisy != null) {
            parts.add(() -> Pgbench.run(noisy, clients, seconds, 0, OPTIONS));
        }
        List<Pgbench.Run> runs = Together.all(parts);
        return new Heard(runs.get(0).latency(), runs.size() > 1 ? runs.get(1).tps() : 0);
    }
}
