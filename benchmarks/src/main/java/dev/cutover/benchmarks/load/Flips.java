// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import static dev.cutover.benchmarks.load.Figures.format;
import static dev.cutover.benchmarks.load.Figures.millis;

import dev.cutover.benchmarks.load.Report.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What clients feel of a flip each second, and of PgBouncer's way to send them elsewhere. The proxy writes both sides
 * meanwhile, and they are compared afterwards; PgBouncer's databases go apart.
 */
final class Flips implements Scenario {
    /** Without prepared statements, which PgBouncer's release of Debian 12 does not know in this mode. */
    private static final List<String> OPTIONS = List.of("-M", "simple");

    private static final String TENANT = "bench";
    private static final int JUDGED_CLIENTS = 16;
    private static final double WANTED_HOLD_MILLIS = 10;
    private static final double WANTED_WAIT_MILLIS = 20;

    @Override
    public String name() {
        return "04-flips";
    }

    @Override
    public String title() {
        return "Flips under load";
    }

    @Override
    public List<String> programs() {
        return List.of("pgbouncer");
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        Path scenario = bench.scenario(name());
        try (Server server = Server.start(true);
                Peers peers = new Peers(bench.home(), scenario, server)) {
            fill(server, scenario, bench.quick() ? 2 : 20);
            Contender proxy = peers.cutover(TENANT);
            Admin admin = new Admin(peers.adminPort());
            for (String verb : List.of("prepare", "mirror", "backfill", "verify")) {
                admin.run(TENANT, verb);
            }
            // What all this has left to be written would be the first run's.
            server.execute(Server.DATABASE, "CHECKPOINT");
            Contender bouncer = peers.pgbouncer("transaction");
            Contender direct = new Contender(Contender.DIRECT, server.port(), BouncerMover.BLUE, 0);
            Mover flips = new FlipMover(admin, TENANT);
            try (BouncerMover pauses = new BouncerMover(peers, bouncer)) {
                WarmUp.until(
                        bench.quick() ? 0 : proxy.pid(),
                        () -> Pgbench.run(proxy, JUDGED_CLIENTS, bench.warmUpSeconds(), 0, OPTIONS));
                for (int clients : new int[] {JUDGED_CLIENTS, 64}) {
                    FlipRounds rounds = new FlipRounds(bench, clients, OPTIONS);
                    rounds.run(direct, proxy, flips, bouncer, pauses);
                    // It fails on a difference.
                    admin.run(TENANT, "verify");
                    tell(bench, report, rounds);
                    if (clients == JUDGED_CLIENTS) {
                        judge(report, rounds);
                    }
                }
            }
        }
    }

    private static void tell(Bench bench, Report report, FlipRounds rounds) {
        FlipTables shown = new FlipTables(rounds);
        for (Table table : List.of(shown.latencies(), shown.moves())) {
            report.tables().add(table);
            table.rows().forEach(row -> bench.say("  %s", String.join("  ", row)));
        }
        report.charts().add(shown.distribution());
        report.charts().add(shown.timeline());
    }

    private static void judge(Report report, FlipRounds rounds) {
        String what = format("flips at %d clients, tpcb-like: ", rounds.clients());
        long hold = FlipTables.holds(rounds.flipped()).getValueAtPercentile(99);
        report.target(
                what + "hold p99",
                format("at most %.0f ms", WANTED_HOLD_MILLIS),
                millis(hold) + " ms",
                hold <= WANTED_HOLD_MILLIS * 1000);
        long usual = FlipRounds.latency(rounds.still()).getValueAtPercentile(99.9);
        long longest = Math.max(
                FlipRounds.latency(rounds.flipped(), true).getMaxValue(),
                FlipRounds.latency(rounds.flipped(), false).getMaxValue());
        report.target(
                what + "longest client wait, whole run",
                format("at most %.0f ms above p99.9 without flips (%s ms)", WANTED_WAIT_MILLIS, millis(usual)),
                millis(longest) + " ms",
                longest - usual <= WANTED_WAIT_MILLIS * 1000);
        long errors = FlipRounds.errors(rounds.flipped());
        long stayed = FlipRounds.moves(rounds.flipped()).stream()
                .filter(move -> !move.failure().isEmpty())
                .count();
        report.target(
                what + "errors",
                format("0 in %d flips", FlipRounds.moves(rounds.flipped()).size()),
                format("%d, and %d flips that did not go", errors, stayed),
                errors == 0 && stayed == 0);
    }

    private static void fill(Server server, Path scenario, int scale) throws Exception {
        Pgbench.initialise(Contender.direct(server), scale);
        server.execute("postgres", "CREATE DATABASE " + BouncerMover.BLUE + " TEMPLATE " + Server.DATABASE);
        server.execute("postgres", "CREATE DATABASE " + BouncerMover.GREEN + " TEMPLATE " + Server.DATABASE);
        server.execute(Server.DATABASE, Files.readString(scenario.resolve("sides.sql")));
    }
}
