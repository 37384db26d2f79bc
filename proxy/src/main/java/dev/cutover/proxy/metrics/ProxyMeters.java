// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.metrics;

import dev.cutover.dualwrite.mirror.StatementKind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * The catalogue of the proxy's meters.
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><th>name</th><th>kind</th><th>what it counts</th></tr>
 * <tr><td>cutover.clients</td><td>gauge</td><td>client connections that are logged in</td></tr>
 * <tr><td>cutover.logins.refused</td><td>counter</td><td>clients turned away before they were logged in</td></tr>
 * <tr><td>cutover.transactions</td><td>counter</td><td>times that a session passed the gate</td></tr>
 * <tr><td>cutover.transactions.held</td><td>counter</td><td>times that a session had to wait at the gate</td></tr>
 * <tr><td>cutover.gate.wait</td><td>timer</td><td>how long each of those waited</td></tr>
 * <tr><td>cutover.statements{kind, outcome=mirrored|unchanged|refused|retried}</td><td>counter</td><td>planned query texts;
 * retried: mirrored ones that failed and were sent again in the form that marks</td></tr>
 * <tr><td>cutover.fallback.tables{tenant}</td><td>gauge</td><td>tables whose writes mark because the idle side refuses rows
 * of them</td></tr>
 * <tr><td>cutover.compared.reads{tenant, outcome=equal|different|incomparable|dropped}</td><td>counter</td><td>sampled
 * reads by what came of running them on both sides; dropped: too many at a time, or mirroring ended</td></tr>
 * <tr><td>cutover.backend.borrow.wait</td><td>timer</td><td>waits for a backend connection; a borrow that did not
 * wait is not among them</td></tr>
 * <tr><td>cutover.backend.connections.open</td><td>gauge</td><td>backend connections, idle or lent</td></tr>
 * <tr><td>cutover.backend.connections.idle</td><td>gauge</td><td>those that are in their pool</td></tr>
 * <tr><td>cutover.backend.connect.failures</td><td>counter</td><td>backend connections that could not be
 * opened</td></tr>
 * <tr><td>cutover.backend.connections.dead</td><td>counter</td><td>idle backend connections that were found dead when they
 * were to be lent</td></tr>
 * <tr><td>cutover.resync.lag{tenant}</td><td>gauge</td><td>seconds: age of the oldest mark that resync has not carried
 * over</td></tr>
 * <tr><td>cutover.maintenance.places{cluster, database, role, use=operation|background}</td><td>gauge</td><td>how many threads
 * may have maintenance connections to a database at the same time</td></tr>
 * <tr><td>cutover.maintenance.places.taken</td><td>gauge</td><td>places that threads have taken</td></tr>
 * <tr><td>cutover.maintenance.waiting</td><td>gauge</td><td>threads that wait for a place</td></tr>
 * <tr><td>cutover.bytes{from=client|backend}</td><td>counter</td><td>bytes read</td></tr>
 * </table>
 */
public final class ProxyMeters {
    private final AtomicInteger clients = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger idle = new AtomicInteger();
    private final LongAdder transactions = new LongAdder();
    private final LongAdder[][] statements = new LongAdder[StatementKind.values().length][Outcome.values().length];
    private final LongAdder clientBytes = new LongAdder();
    private final LongAdder backendBytes = new LongAdder();
    private final Counter held;
    private final Counter loginsRefused;
    private final Counter connectFailures;
    private final Counter deadConnections;
    private final Counter resets;
    private final Timer gateWait;
    private final Timer borrowWait;

    public ProxyMeters(MeterRegistry registry) {
        Gauge.builder("cutover.clients", clients, AtomicInteger::get).register(registry);
        Gauge.builder("cutover.backend.connections.open", open, AtomicInteger::get)
                .register(registry);
        Gauge.builder("cutover.backend.connections.idle", idle, AtomicInteger::get)
                .register(registry);
        // Read from adders: cheaper on the hot path than a meter's own counter, and striped.
        adder(registry, "cutover.transactions", "", "", transactions);
        for (StatementKind kind : StatementKind.values()) {
            for (Outcome outcome : Outcome.values()) {
                LongAdder adder = new LongAdder();
                statements[kind.ordinal()][outcome.ordinal()] = adder;
                FunctionCounter.builder("cutover.statements", adder, LongAdder::sum)
                        .tag("kind", label(kind))
                        .tag("outcome", label(outcome))
                        .register(registry);
            }
        }
        adder(registry, "cutover.bytes", "from", "client", clientBytes);
        adder(registry, "cutover.bytes", "from", "backend", backendBytes);
        held = registry.counter("cutover.transactions.held");
        loginsRefused = registry.counter("cutover.logins.refused");
        connectFailures = registry.counter("cutover.backend.connect.failures");
        deadConnections = registry.counter("cutover.backend.connections.dead");
        resets = registry.counter("cutover.backend.connections.reset");
        gateWait = registry.timer("cutover.gate.wait");
        borrowWait = registry.timer("cutover.backend.borrow.wait");
    }

    /** What became of a planned text. */
    public enum Outcome {
        MIRRORED,
        UNCHANGED,
        REFUSED,
        /** A mirrored one that failed and was sent again in the form that marks; counted beside MIRRORED. */
        RETRIED
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static void adder(MeterRegistry registry, String name, String tag, String value, LongAdder adder) {
        var builder = FunctionCounter.builder(name, adder, LongAdder::sum);
        (tag.isEmpty() ? builder : builder.tag(tag, value)).register(registry);
    }

    public AtomicInteger clients() {
        return clients;
    }

    public AtomicInteger openConnections() {
        return open;
    }

    public AtomicInteger idleConnections() {
        return idle;
    }

    public LongAdder transactions() {
        return transactions;
    }

    public LongAdder statements(StatementKind kind, Outcome outcome) {
        return statements[kind.ordinal()][outcome.ordinal()];
    }

    /** Of all kinds. */
    public long statements(Outcome outcome) {
        long sum = 0;
        for (LongAdder[] kind : statements) {
            sum += kind[outcome.ordinal()].sum();
        }
        return sum;
    }

    public LongAdder clientBytes() {
        return clientBytes;
    }

    public LongAdder backendBytes() {
        return backendBytes;
    }

    public Counter held() {
        return held;
    }

    public Counter loginsRefused() {
        return loginsRefused;
    }

    public Counter connectFailures() {
        return connectFailures;
    }

    public Counter deadConnections() {
        return deadConnections;
    }

    /** Connections that were reset before another session got them. */
    public Counter resets() {
        return resets;
    }

    public Timer gateWait() {
        return gateWait;
    }

    public Timer borrowWait() {
        return borrowWait;
    }
}
