// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import static dev.cutover.benchmarks.load.Figures.format;

import dev.cutover.benchmarks.load.Report.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * What clients feel of a switchover by Patroni: through the proxy, which follows the primary, and through PgBouncer, which HAProxy
 * leads to it.
 */
final class Switchovers implements Scenario {
    private static final int CLIENTS = 8;
    /** As in Patroni's own documentation. */
    private static final String USUAL_CHECK = "inter 3s fall 3 rise 2";

    private static final String FAST_CHECK = "inter 200ms fall 1 rise 1";
    /** HAProxy takes each server for the primary until its first checks have failed. */
    private static final int SECONDS_TO_FIRST_ANSWER = 12;

    /** At full speed each client always runs a transaction; at a rate, few of them do. */
    private static final Map<String, List<String>> LOADS = loads();

    private static Map<String, List<String>> loads() {
        Map<String, List<String>> loads = new LinkedHashMap<>();
        loads.put("-S, as fast as they can", List.of("-M", "simple", "-S"));
        loads.put("-S, 100 a second", List.of("-M", "simple", "-S", "--rate=100"));
        loads.put("tpcb-like, 40 a second", List.of("-M", "simple", "--rate=40"));
        return loads;
    }

    @Override
    public String name() {
        return "10-switchovers";
    }

    @Override
    public String title() {
        return "Switchovers by Patroni under load";
    }

    @Override
    public List<String> programs() {
        return List.of("patroni", "etcd", "haproxy", "pgbouncer");
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        int rounds = bench.quick() ? 1 : 2;
        int seconds = bench.quick() ? 6 : 15;
        try (Server control = Server.start(true);
                PatroniPair servers = PatroniPair.start(bench.scenario(name()));
                Peers peers = new Peers(bench.home(), bench.scenario(name()), control)) {
            Pgbench.initialise(servers.direct(), CLIENTS);
            List<Contender> contenders = List.of(
                    peers.cutover(Server.DATABASE, servers.places()),
                    bouncer(peers, servers, USUAL_CHECK),
                    bouncer(peers, servers, FAST_CHECK));
            TimeUnit.SECONDS.sleep(SECONDS_TO_FIRST_ANSWER);
            for (Map.Entry<String, List<String>> load : LOADS.entrySet()) {
                Map<Contender, List<SwitchoverRun>> runs = new LinkedHashMap<>();
                for (int round = 0; round < rounds; round++) {
                    for (Contender contender : contenders) {
                        servers.awaitSynchronous();
                        SwitchoverRun run = SwitchoverRun.of(servers, contender, CLIENTS, seconds, load.getValue());
                        runs.computeIfAbsent(contender, one -> new ArrayList<>())
                                .add(run);
                        if (run.errors() > 0) {
                            bench.say("  %s: %s", contender.name(), run.output());
                        }
                    }
                }
                Table table = table(load.getKey(), rounds, runs);
                report.tables().add(table);
                table.rows().forEach(row -> bench.say("  %s", String.join("  ", row)));
            }
        }
    }

    private static Contender bouncer(Peers peers, PatroniPair servers, String check) throws Exception {
        Map<String, String> places = new HashMap<>(servers.places());
        places.put("@check@", check);
        Contender haproxy = peers.haproxy(places);
        places.put("@haproxy@", Integer.toString(haproxy.port()));
        Contender bouncer = peers.pgbouncer("transaction", places);
        return new Contender("PgBouncer behind HAProxy, " + check, bouncer.port(), bouncer.database(), bouncer.pid());
    }

    private static Table table(String load, int rounds, Map<Contender, List<SwitchoverRun>> runs) {
        List<List<String>> rows = new ArrayList<>();
        runs.forEach((contender, all) -> rows.add(List.of(
                contender.name(),
                number(all.stream().mapToLong(SwitchoverRun::transactions).sum()),
                format("%d of %d", all.stream().mapToLong(SwitchoverRun::errors).sum(), CLIENTS * rounds),
                millis(all.stream()
                        .mapToLong(SwitchoverRun::switchoverMicros)
                        .max()
                        .orElse(0)),
                stall(all, SwitchoverRun::longestMicros),
                stall(all, SwitchoverRun::pauseMicros))));
        return new Table(
                format("pgbench %s, %d clients, %d switchovers", load, CLIENTS, rounds),
                List.of(
                        "",
                        "transactions",
                        "clients aborted",
                        "longest switchover ms",
                        "longest transaction ms",
                        "longest time without a commit ms"),
                rows);
    }

    /** Of the runs in which a client was left after the switchover. */
    private static String stall(List<SwitchoverRun> runs, ToLongFunction<SwitchoverRun> micros) {
        OptionalLong longest = runs.stream()
                .filter(run -> run.errors() < CLIENTS)
                .mapToLong(micros)
                .max();
        return longest.isPresent() ? millis(longest.getAsLong()) : "no client left";
    }

    private static String number(long number) {
        return Long.toString(number);
    }

    private static String millis(long micros) {
        return format("%.0f", micros / 1000.0);
    }
}
