// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts proxies with any number of tenants, each with a control database of its own. */
final class TenantProxies {
    /** A tenant that wants the rows of {@code t0}, and may have only so many connections to the server. */
    static final String LIMITED = "limited";

    static final int LIMIT = 4;

    private final Path home;
    private final Path scenario;
    private int started;

    TenantProxies(Path home, Path scenario) {
        this.home = home;
        this.scenario = scenario;
    }

    /** @param seconds from the launcher's start until it listens */
    record Started(Peers peers, Contender proxy, double seconds) implements AutoCloseable {
        @Override
        public void close() {
            peers.close();
        }
    }

    /** One whose tenants are only routed. */
    Started routed(Server server, int tenants) throws IOException, SQLException {
        return start(server, routed(tenants));
    }

    /** One that has a tenant that can move, and a limited one, beside them. */
    Started withNeighbours(Server server, int tenants) throws IOException, SQLException {
        List<String> lines = routed(tenants);
        String moving = MovingSchemas.TENANT;
        lines.add("  " + moving + ":");
        lines.add("    blue: {cluster: main, database: bench, schema: " + moving + "_v1}");
        lines.add("    green: {cluster: main, database: bench, schema: " + moving + "_v2}");
        lines.add("    maintenance: {user: postgres}");
        lines.add("    shares-roles-with: [" + LIMITED + "]");
        lines.add("  " + LIMITED + ": {pool-size: " + LIMIT + ", blue: {cluster: main, database: bench, schema: t0}}");
        return start(server, lines);
    }

    /** One whose tenants can move within one database, beside one that is only routed. All are STEADY. */
    Started movable(Server server, int tenants) throws IOException, SQLException {
        return start(server, movable(tenants));
    }

    /** Another one on the control database of the last that was started. */
    Started movableAgain(Server server, int tenants) throws IOException {
        return start(server, movable(tenants), "control_" + (started - 1));
    }

    private static List<String> movable(int tenants) {
        List<String> lines = routed(1);
        for (int i = 0; i < tenants; i++) {
            String name = TenantSchemas.idle(i);
            lines.add("  " + name + ":");
            lines.add("    blue: {cluster: main, database: bench, schema: " + name + "_v1}");
            lines.add("    green: {cluster: main, database: bench, schema: " + name + "_v2}");
            lines.add("    maintenance: {user: postgres}");
            lines.add("    shares-roles-with: [\"*\"]");
        }
        return lines;
    }

    private static List<String> routed(int tenants) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < tenants; i++) {
            String name = TenantSchemas.name(i);
            lines.add("  " + name + ": {shares-roles-with: [\"*\"], blue: {cluster: main, database: bench, schema: "
                    + name + "}}");
        }
        return lines;
    }

    private Started start(Server server, List<String> tenants) throws IOException, SQLException {
        String control = "control_" + started++;
        server.execute("postgres", "CREATE DATABASE " + control);
        return start(server, tenants, control);
    }

    private Started start(Server server, List<String> tenants, String control) throws IOException {
        Peers peers = new Peers(home, scenario, server);
        long begin = System.nanoTime();
        Contender proxy = peers.cutover(
                TenantSchemas.name(0), Map.of("@control@", control, "@tenants@", String.join("\n", tenants)));
        return new Started(peers, proxy, (System.nanoTime() - begin) / 1e9);
    }
}
