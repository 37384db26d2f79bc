// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A server with the same tables for each {@link WriteWay}, and a proxy before it whose moving tenants are mirrored and
 * backfilled.
 */
final class DualWriteBed implements AutoCloseable {
    private final Server server;
    private final Peers peers;
    private final Path scenario;
    private final int rows;
    private final boolean fsync;
    private final Admin admin;
    private final SidesCheck check;
    private final List<WriteWay> ways;
    private final Map<String, List<Double>> delays = new HashMap<>();

    private DualWriteBed(Server server, Peers peers, Path scenario, boolean fsync, int rows, Contender proxy) {
        this.server = server;
        this.peers = peers;
        this.scenario = scenario;
        this.fsync = fsync;
        this.rows = rows;
        this.admin = new Admin(peers.adminPort());
        this.check = new SidesCheck(server, admin);
        this.ways = WriteWay.all(server, proxy);
    }

    static DualWriteBed make(Bench bench, Path scenario, boolean fsync, int rows) throws Exception {
        Server server = Server.start(fsync);
        try {
            Peers peers = new Peers(bench.home(), scenario, server);
            try {
                DualWriteBed bed = fill(server, peers, scenario, fsync, rows);
                bed.move();
                return bed;
            } catch (Exception e) {
                peers.close();
                throw e;
            }
        } catch (Exception e) {
            server.close();
            throw e;
        }
    }

    private static DualWriteBed fill(Server server, Peers peers, Path scenario, boolean fsync, int rows)
            throws SQLException, IOException {
        String serving = Files.readString(scenario.resolve("serving.sql")).replace("@rows@", Integer.toString(rows));
        String idle = Files.readString(scenario.resolve("idle.sql"));
        String copy = Files.readString(scenario.resolve("copy.sql"));
        server.execute("postgres", "CREATE DATABASE " + ReplicationScenario.DATABASE);
        for (String schema : List.of("plain", ReplicationScenario.SCHEMA)) {
            server.execute(Server.DATABASE, serving.replace("@schema@", schema));
        }
        server.execute(ReplicationScenario.DATABASE, serving.replace("@schema@", ReplicationScenario.SCHEMA));
        for (String way : List.of("hand", "trigger", "own", "inline", "deferred")) {
            server.execute(Server.DATABASE, serving.replace("@schema@", way + "_v1"));
            server.execute(Server.DATABASE, idle.replace("@schema@", way + "_v2"));
        }
        for (String way : List.of("hand", "trigger", "own")) {
            server.execute(
                    Server.DATABASE, copy.replace("@serving@", way + "_v1").replace("@idle@", way + "_v2"));
        }
        server.execute(Server.DATABASE, Files.readString(scenario.resolve("trigger.sql")));
        ReplicationScenario.prepare(server);
        peers.copy("mapping.yaml");
        return new DualWriteBed(server, peers, scenario, fsync, rows, peers.cutover("plain"));
    }

    private void move() throws Exception {
        for (WriteWay way : ways) {
            if (way.moving()) {
                for (String verb : List.of("prepare", "mirror", "backfill")) {
                    admin.run(way.contender().database(), verb);
                }
            }
        }
        server.execute(Server.DATABASE, "VACUUM ANALYZE");
        server.execute(ReplicationScenario.DATABASE, "VACUUM ANALYZE");
        server.execute(Server.DATABASE, "CHECKPOINT");
    }

    boolean fsync() {
        return fsync;
    }

    Admin admin() {
        return admin;
    }

    List<WriteWay> ways() {
        return ways;
    }

    WriteWay way(Contender contender) {
        return way(contender.name());
    }

    WriteWay way(String name) {
        return ways.stream().filter(way -> way.name().equals(name)).findFirst().orElseThrow();
    }

    List<String> options(String script) {
        return List.of(
                "-M",
                "prepared",
                "-D",
                "rows=" + rows,
                "-f",
                scenario.resolve(script).toString());
    }

    /** Runs a script, waits until the other side has all of it, and compares the sides. */
    Pgbench.Run turn(WriteWay way, String script, int clients, double seconds) throws Exception {
        Pgbench.Run run;
        if (way.sides() instanceof WriteWay.Databases) {
            try (ReplicationScenario replication = ReplicationScenario.begin(server)) {
                run = Pgbench.run(way.contender(), clients, seconds, 0, options(script));
                delayed(way, replication::catchUp);
            }
        } else {
            run = Pgbench.run(way.contender(), clients, seconds, 0, options(script));
            settle(way);
        }
        check.equal(way.sides());
        return run;
    }

    /** Waits until the idle side has what was written. */
    void settle(WriteWay way) throws Exception {
        if (way.moving()) {
            delayed(way, () -> check.settle(way.contender().database()));
        }
    }

    private interface Wait {
        void run() throws Exception;
    }

    private void delayed(WriteWay way, Wait wait) throws Exception {
        long begin = System.nanoTime();
        wait.run();
        delays.computeIfAbsent(way.name(), name -> new ArrayList<>()).add((System.nanoTime() - begin) / 1e6);
    }

    void forgetDelays() {
        delays.clear();
    }

    /** How long the idle side still took, after a run's end, to have all of it. */
    double medianDelayMillis(WriteWay way) {
        return Rounds.median(delays.getOrDefault(way.name(), List.of()).stream()
                .mapToDouble(Double::doubleValue)
                .toArray());
    }

    @Override
    public void close() throws IOException {
        peers.close();
        server.close();
    }
}
