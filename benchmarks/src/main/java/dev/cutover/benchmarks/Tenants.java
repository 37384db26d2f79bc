// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.mirror.StatementPlanner;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.route.TenantRouting;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** All tenants of a proxy. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls fill before anything else
public class Tenants {
    private static final StatementPlanner UNMIRRORED = Planners.unmirrored();

    @Param({"1", "1000", "100000"})
    int tenants;

    RouteTable table;
    TenantRouting one;
    /** As a client names it: equal to the table's key, and not the same object. */
    String database;
    /** Of all tenants, in an order that no prefetcher guesses. */
    String[] databases;

    @Setup
    public void fill() {
        List<TenantRouting> all = new ArrayList<>();
        for (int i = 0; i < tenants; i++) {
            all.add(routing("tenant" + i));
        }
        table = RouteTable.of(all);
        one = all.get(tenants / 2);
        database = "tenant" + tenants / 2;
        databases = new String[tenants];
        for (int i = 0; i < tenants; i++) {
            databases[i] = "tenant" + i * 7_919L % tenants;
        }
    }

    /** A tenant that is only routed; clients name it by its name. */
    static TenantRouting routing(String name) {
        return new TenantRouting(
                name,
                name,
                new Gate(2),
                new Route(name, 1, Side.BLUE, "main", "app", name, List.of(name), Set.of(name), UNMIRRORED, "1"));
    }
}
