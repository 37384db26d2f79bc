// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Table;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How soon a proxy that is started answers its first query, and what idle connections cost it. */
final class StartAndMemory implements Scenario {
    private static final int PROTOCOL_3_0 = 3 << 16;
    private static final double WANTED_KIB = 12;
    private static final double WANTED_SECONDS = 1.5;
    private static final int TENANTS = 5_000;
    private static final double WANTED_LONGER = 5;

    @Override
    public String name() {
        return "07-start-and-memory";
    }

    @Override
    public String title() {
        return "Start-up, and memory for idle connections";
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        try (Server server = Server.start(false)) {
            firstQuery(bench, report, server);
            idleConnections(bench, report, server);
        }
    }

    private void firstQuery(Bench bench, Report report, Server server) throws Exception {
        int many = bench.quick() ? 50 : TENANTS;
        double[] one = new double[bench.rounds()];
        double[] all = new double[bench.rounds()];
        for (int i = 0; i < one.length; i++) {
            one[i] = start(bench, server, 0);
            all[i] = start(bench, server, many);
        }
        report.tables()
                .add(new Table(
                        "From the launcher's start to the first query's answer",
                        List.of("tenants", "seconds, median of " + one.length, "fastest", "slowest"),
                        List.of(row("1", one), row(format("%,d from a template", many), all))));
        double median = Rounds.median(one);
        report.target(
                "proxy start to first query",
                format("%.1f s", WANTED_SECONDS),
                format("%.2f s", median),
                median <= WANTED_SECONDS);
        double longer = Rounds.median(all) - median;
        report.target(
                format("the same with %,d tenants from a template", many),
                format("under %.0f s longer", WANTED_LONGER),
                format("%.2f s longer", longer),
                longer < WANTED_LONGER);
    }

    /** @param more tenants beside the one that is asked. @return seconds */
    private double start(Bench bench, Server server, int more) throws Exception {
        long begin = System.nanoTime();
        try (Peers peers = peers(bench, server)) {
            query(login(peers.cutover("bench", shops(more)).port()));
            return (System.nanoTime() - begin) / 1e9;
        }
    }

    private static Map<String, String> shops(int count) {
        return Map.of(
                "@more@",
                IntStream.range(0, count).mapToObj(i -> "  shop_" + i + ":").collect(Collectors.joining("\n")));
    }

    private static List<String> row(String tenants, double[] seconds) {
        return List.of(
                tenants,
                format("%.2f", Rounds.median(seconds)),
                format("%.2f", Arrays.stream(seconds).min().orElseThrow()),
                format("%.2f", Arrays.stream(seconds).max().orElseThrow()));
    }

    private void idleConnections(Bench bench, Report report, Server server) throws Exception {
        List<List<String>> rows = new ArrayList<>();
        List<Socket> clients = new ArrayList<>();
        try (Peers peers = peers(bench, server)) {
            Contender proxy = peers.cutover("bench", shops(0));
            // Classes and pools that the first clients bring are not theirs.
            for (int i = 0; i < 200; i++) {
                query(login(proxy.port()));
            }
            long emptyHeap = HeapUsage.afterCollection(proxy.pid());
            long emptyResident = ProcessUsage.of(proxy.pid()).residentKib();
            rows.add(row(0, emptyHeap, emptyResident, "", ""));
            double each = 0;
            for (int count : bench.quick() ? new int[] {100} : new int[] {1000, 5000, 10_000}) {
                while (clients.size() < count) {
                    Socket client = login(proxy.port());
                    clients.add(client);
                    ask(client);
                }
                long heap = HeapUsage.afterCollection(proxy.pid());
                long resident = ProcessUsage.of(proxy.pid()).residentKib();
                each = (resident - emptyResident) / (double) count;
                rows.add(row(
                        count,
                        heap,
                        resident,
                        format("%.1f", (heap - emptyHeap) / (double) count),
                        format("%.1f", each)));
                bench.say("  %s", String.join("  ", rows.get(rows.size() - 1)));
            }
            report.target(
                    "memory of an idle connection, client side, all of the process counted",
                    format("at most %.0f KiB", WANTED_KIB),
                    format("%.1f KiB", each),
                    each <= WANTED_KIB);
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
        report.tables()
                .add(new Table(
                        "Idle connections, each after a query; heap after a collection",
                        List.of("connections", "heap MiB", "resident MiB", "heap KiB each", "resident KiB each"),
                        rows));
    }

    private Peers peers(Bench bench, Server server) throws IOException {
        return new Peers(bench.home(), bench.home().resolve("benchmarks/scenarios/" + name()), server);
    }

    private static List<String> row(int count, long heapKib, long residentKib, String heapEach, String residentEach) {
        return List.of(
                Integer.toString(count),
                format("%.1f", heapKib / 1024.0),
                format("%.1f", residentKib / 1024.0),
                heapEach,
                residentEach);
    }

    private static void query(Socket client) throws IOException {
        try (client) {
            ask(client);
        }
    }

    private static void ask(Socket client) throws IOException {
        DataOutputStream out = new DataOutputStream(client.getOutputStream());
        byte[] sql = "SELECT 1\0".getBytes(StandardCharsets.US_ASCII);
        out.writeByte('Q');
        out.writeInt(4 + sql.length);
        out.write(sql);
        untilReady(client);
    }

    private static Socket login(int port) throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
        client.setTcpNoDelay(true);
        byte[] body = ("user\0" + Server.USER + "\0database\0" + Server.DATABASE + "\0\0")
                .getBytes(StandardCharsets.US_ASCII);
        DataOutputStream out = new DataOutputStream(client.getOutputStream());
        out.writeInt(8 + body.length);
        out.writeInt(PROTOCOL_3_0);
        out.write(body);
        untilReady(client);
        return client;
    }

    private static void untilReady(Socket client) throws IOException {
        DataInputStream in = new DataInputStream(client.getInputStream());
        byte type;
        do {
            type = in.readByte();
            byte[] body = new byte[in.readInt() - 4];
            in.readFully(body);
            if (type == 'E') {
                throw new IOException(new String(body, StandardCharsets.UTF_8));
            }
        } while (type != 'Z');
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
