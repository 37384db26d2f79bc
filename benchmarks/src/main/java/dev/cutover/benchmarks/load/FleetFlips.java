// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Mover.Move;
import dev.cutover.benchmarks.load.Report.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Flips and rolls back one tenant each second, under the same number of clients: in turn with one proxy, and with three that share
 * the clients. Each way has a database and a control database of its own.
 */
final class FleetFlips {
    private static final List<String> OPTIONS = List.of("-M", "simple");
    private static final String TENANT = "bench";
    private static final int CLIENTS = 48;
    private static final int PROXIES = 3;
    private static final int MOVES = 20;

    private final Bench bench;
    private final Path scenario;

    FleetFlips(Bench bench, Path scenario) {
        this.bench = bench;
        this.scenario = scenario;
    }

    /** Proxies with the same tenant. @param name of the row in the tables */
    private record Way(
            String name, List<Peers> peers, List<Contender> proxies, Mover mover, Admin admin, List<Timeline> timelines)
            implements AutoCloseable {
        @Override
        public void close() {
            peers.forEach(Peers::close);
        }
    }

    void run(Report report) throws Exception {
        try (Server server = Server.start(true)) {
            fill(server);
            try (Way one = start(server, "one proxy", 1, "one");
                    Way three = start(server, "three proxies", PROXIES, "three")) {
                server.execute(Server.DATABASE, "CHECKPOINT");
                for (Way way : List.of(one, three)) {
                    for (Contender proxy : way.proxies()) {
                        WarmUp.until(
                                bench.quick() ? 0 : proxy.pid(),
                                () -> Pgbench.run(proxy, CLIENTS, bench.warmUpSeconds(), 0, OPTIONS));
                    }
                }
                for (int round = 0; round < bench.rounds(); round++) {
                    measure(one);
                    measure(three);
                }
                for (Way way : List.of(one, three)) {
                    // Fails on a difference.
                    way.admin().run(TENANT, "verify");
                }
                tell(report, List.of(one, three));
            }
        }
    }

    private void measure(Way way) throws Exception {
        int moves = bench.quick() ? 2 : MOVES;
        way.timelines().add(Timeline.watch(bench, way.proxies(), CLIENTS, OPTIONS, moves, way.mover()));
    }

    private Way start(Server server, String name, int proxies, String database) throws Exception {
        server.execute("postgres", "CREATE DATABASE " + database + " TEMPLATE " + Server.DATABASE);
        server.execute("postgres", "CREATE DATABASE control_" + database);
        String tenant = """
                  bench:
                    blue: {cluster: main, database: %1$s, schema: blue}
                    green: {cluster: main, database: %1$s, schema: green}
                    maintenance: {user: postgres}
                """.formatted(database).stripTrailing();
        List<Peers> peers = new ArrayList<>();
        List<Contender> contenders = new ArrayList<>();
        for (int i = 0; i < proxies; i++) {
            Peers each = new Peers(bench.home(), scenario, server);
            peers.add(each);
            contenders.add(each.cutover(TENANT, Map.of("@control@", "control_" + database, "@tenants@", tenant)));
        }
        Admin admin = new Admin(peers.get(0).adminPort());
        for (String verb : List.of("prepare", "mirror", "backfill", "verify")) {
            admin.run(TENANT, verb);
        }
        return new Way(name, peers, contenders, new FlipMover(admin, TENANT), admin, new ArrayList<>());
    }

    private void fill(Server server) throws Exception {
        Pgbench.initialise(Contender.direct(server), bench.quick() ? 2 : 50);
        Path sides = bench.scenario("04-flips").resolve("sides.sql");
        server.execute(Server.DATABASE, Files.readString(sides));
    }

    private void tell(Report report, List<Way> ways) {
        List<List<String>> rows = new ArrayList<>();
        for (Way way : ways) {
            Histogram holds = FlipTables.holds(way.timelines());
            List<Move> moves = FlipRounds.moves(way.timelines());
            List<String> row = new ArrayList<>(List.of(
                    way.name(),
                    Figures.format("%.0f", FlipRounds.transactionsPerSecond(way.timelines())),
                    Integer.toString(moves.size()),
                    Long.toString(moves.stream()
                            .filter(move -> !move.failure().isEmpty())
                            .count()),
                    Long.toString(FlipRounds.errors(way.timelines()))));
            row.addAll(Figures.percentiles(holds));
            row.add(Figures.millis(FlipRounds.latency(way.timelines(), true).getMaxValue()));
            rows.add(row);
            bench.say("  %s", String.join("  ", row));
        }
        List<String> columns = new ArrayList<>(
                List.of("", "transactions/s", "flips and rollbacks", "that did not succeed", "client errors"));
        columns.addAll(Figures.PERCENTILES.stream().map(each -> "hold " + each).toList());
        columns.add("longest client wait during a move, ms");
        report.tables()
                .add(new Table(
                        Figures.format(
                                "pgbench tpcb-like, simple, %d clients in all: a flip or rollback of their tenant each second",
                                CLIENTS),
                        columns,
                        rows));
        List<Timeline> fleet = ways.get(1).timelines();
        long errors = FlipRounds.errors(fleet);
        report.target(
                Figures.format("%d clients over %d proxies: client errors", CLIENTS, PROXIES),
                Figures.format(
                        "0 in %d flips and rollbacks", FlipRounds.moves(fleet).size()),
                Long.toString(errors),
                errors == 0);
    }
}
