// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.route.TenantRouting;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.ThreadParams;

/** What a transaction pays for being held when a flip comes: enter, read the route, leave. */
public class GateBenchmark extends NanosecondsBenchmark {
    /** A gate that nobody closes, with a stripe for each of two event loops. */
    @State(Scope.Benchmark)
    public static class OneTenant {
        final TenantRouting routing = Tenants.routing("tenant0");
    }

    /** The stripe of a thread. */
    @State(Scope.Thread)
    public static class Stripe {
        int number;

        @Setup
        public void take(ThreadParams thread) {
            number = thread.getThreadIndex();
        }
    }

    @Benchmark
    public void enterLeave(OneTenant tenant) {
        Gate gate = tenant.routing.gate();
        enter(gate, 0);
        gate.leave(0);
    }

    @Benchmark
    public long enterRouteLeave(Tenants tenants) {
        return pass(tenants.one, 0);
    }

    @Benchmark
    @Threads(2)
    public long enterRouteLeaveOnTwoThreads(OneTenant tenant, Stripe stripe) {
        return pass(tenant.routing, stripe.number);
    }

    private static long pass(TenantRouting routing, int stripe) {
        Gate gate = routing.gate();
        enter(gate, stripe);
        long epoch = routing.route().epoch();
        gate.leave(stripe);
        return epoch;
    }

    private static void enter(Gate gate, int stripe) {
        if (!gate.tryEnter(stripe)) {
            throw new IllegalStateException("nobody closes the gate");
        }
    }
}
