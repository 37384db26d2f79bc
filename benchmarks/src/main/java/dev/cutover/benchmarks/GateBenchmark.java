package dev.cutover.benchmarks;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.rewrite.Planners;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.route.TenantRouting;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** What a transaction pays for being held when a flip comes: enter, read the route, leave. And a look-up at connect. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GateBenchmark {
    /** All tenants of a proxy. */
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init") // JMH calls fill before anything else
    public static class Tenants {
        @Param({"1", "1000", "100000"})
        int tenants;

        RouteTable table;
        TenantRouting one;
        String database;

        @Setup
        public void fill() {
            List<TenantRouting> all = new ArrayList<>();
            for (int i = 0; i < tenants; i++) {
                String name = "tenant" + i;
                all.add(new TenantRouting(
                        name,
                        name,
                        new Gate(2),
                        new Route(
                                name,
                                1,
                                Side.BLUE,
                                "main",
                                "app",
                                name,
                                List.of(name),
                                Set.of(name),
                                Planners.unmirrored(),
                                "1")));
            }
            table = RouteTable.of(all);
            one = all.get(tenants / 2);
            database = one.clientDatabase();
        }
    }

    @Benchmark
    public long enterRouteLeave(Tenants tenants) {
        Gate gate = tenants.one.gate();
        if (!gate.tryEnter(0)) {
            throw new IllegalStateException("nobody closes the gate");
        }
        long epoch = tenants.one.route().epoch();
        gate.leave(0);
        return epoch;
    }

    @Benchmark
    @Threads(2)
    public long enterRouteLeaveOnTwoThreads(Tenants tenants) {
        int stripe = (int) Thread.currentThread().getId();
        Gate gate = tenants.one.gate();
        if (!gate.tryEnter(stripe)) {
            throw new IllegalStateException("nobody closes the gate");
        }
        long epoch = tenants.one.route().epoch();
        gate.leave(stripe);
        return epoch;
    }

    @Benchmark
    public @Nullable Object lookUp(Tenants tenants) {
        return tenants.table.find(tenants.database);
    }
}
