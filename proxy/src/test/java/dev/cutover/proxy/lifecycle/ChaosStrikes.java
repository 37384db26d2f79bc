// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.testing.HeldLine;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What goes wrong with a fleet, one thing at a time, chosen by a seed. */
final class ChaosStrikes extends Thread {
    /** After them everything runs, and the cutovers come to their end. */
    private static final int MOST = 12;

    private final List<ChaosPlace> places;
    private final ChaosServers servers;
    private final SplittableRandom dice;
    private final List<String> done = new ArrayList<>();
    private volatile boolean ends;
    private volatile Exception failure;

    ChaosStrikes(int seed, List<ChaosPlace> places, ChaosServers servers) {
        super("chaos");
        this.places = places;
        this.servers = servers;
        dice = new SplittableRandom(seed);
    }

    @Override
    public void run() {
        try {
            while (!ends && done.size() < MOST) {
                Thread.sleep(dice.nextInt(300, 3_000));
                strike();
            }
        } catch (Exception e) {
            failure = e;
        }
    }

    private void strike() throws Exception {
        ChaosPlace place = places.get(dice.nextInt(places.size()));
        switch (dice.nextInt(10)) {
            case 0, 1 -> {
                done.add("kill a proxy");
                place.proxy().kill();
                Thread.sleep(dice.nextInt(0, 2_000));
                place.startAgain();
            }
            case 2, 3 -> {
                done.add("stop a proxy for longer than a lease");
                place.proxy().signal("STOP");
                Thread.sleep(dice.nextInt(5_500, 8_000));
                place.proxy().signal("CONT");
            }
            case 4 -> {
                done.add("restart the control database");
                restart(servers.control().server());
            }
            case 5 -> {
                done.add("cut a proxy from the control database");
                cut(List.of(place.toControl()));
            }
            case 6 -> {
                done.add("cut a proxy from a server of the tenant");
                List<HeldLine> lines = place.toTenants();
                cut(List.of(lines.get(dice.nextInt(lines.size()))));
            }
            case 7 -> {
                done.add("cut a proxy from its clients");
                cut(place.fromOutside());
            }
            case 8 -> {
                done.add("fill the disk of the control database");
                // Not even the log can be written: the server ends, until somebody makes room.
                servers.control().server().limitFiles(8_192);
                restart(servers.control().server());
            }
            default -> {
                done.add("restart a server of the tenant");
                List<TestServer> all = servers.ofTenants();
                restart(all.get(dice.nextInt(all.size())));
            }
        }
    }

    private void cut(List<HeldLine> lines) throws InterruptedException {
        lines.forEach(HeldLine::cut);
        Thread.sleep(dice.nextInt(500, 9_000));
        lines.forEach(HeldLine::mend);
    }

    private void restart(TestServer server) throws Exception {
        server.kill();
        Thread.sleep(dice.nextInt(0, 6_000));
        server.startAgain();
    }

    /** Returns when everything runs again. @throws Exception if something could not be struck or mended */
    void end() throws Exception {
        ends = true;
        join();
        if (failure != null) {
            throw failure;
        }
    }

    /** What has gone wrong. */
    List<String> done() {
        return List.copyOf(done);
    }
}
