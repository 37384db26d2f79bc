// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Finding the tenant that a client names when it connects. */
public class RouteBenchmark extends NanosecondsBenchmark {
    /** Whose turn it is. */
    @State(Scope.Thread)
    public static class Turn {
        int next;
    }

    @Benchmark
    public @Nullable Object lookUp(Tenants tenants) {
        return tenants.table.find(tenants.database);
    }

    /** Each time another one: with many tenants the processor's caches lack most of what is read. */
    @Benchmark
    public @Nullable Object lookUpAnother(Tenants tenants, Turn turn) {
        int at = turn.next;
        turn.next = at + 1 == tenants.databases.length ? 0 : at + 1;
        return tenants.table.find(tenants.databases[at]);
    }
}
