// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import dev.cutover.config.SessionPolicy;
import dev.cutover.proxy.gate.Gate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One tenant's gate, its current route and its live sessions. */
public final class TenantRouting {
    private final String tenant;
    private final String clientDatabase;
    private final Gate gate;
    private final Set<TenantSession> sessions = ConcurrentHashMap.newKeySet();
    private volatile Route route;
    private volatile long schemaChangedAt = System.nanoTime();
    private volatile SessionPolicy policy;
    private volatile @Nullable ReadSampling sampling;
    private volatile @Nullable Latencies latencies;
    private volatile @Nullable ClientFigures figures;
    private volatile boolean removed;

    /** With the default policy for its sessions. */
    public TenantRouting(String tenant, String clientDatabase, Gate gate, Route route) {
        this(tenant, clientDatabase, gate, route, SessionPolicy.DEFAULT);
    }

    /** @param clientDatabase what clients name as {@code database} in their startup message */
    public TenantRouting(String tenant, String clientDatabase, Gate gate, Route route, SessionPolicy policy) {
        this.tenant = tenant;
        this.clientDatabase = clientDatabase;
        this.gate = gate;
        this.route = route;
        this.policy = policy;
    }

    public String tenant() {
        return tenant;
    }

    public String clientDatabase() {
        return clientDatabase;
    }

    public Gate gate() {
        return gate;
    }

    public Route route() {
        return route;
    }

    /** What the tenant's sessions may take. */
    public SessionPolicy policy() {
        return policy;
    }

    /** Another policy holds from each session's next transaction on. */
    public void policy(SessionPolicy next) {
        policy = next;
    }

    /** The tenant is no longer served: no transaction begins from now on, and its sessions end between two of them. */
    public void remove() {
        removed = true;
        sessions().forEach(TenantSession::endIfLeftBehind);
    }

    public boolean removed() {
        return removed;
    }

    /** Where samples of the sessions' reads go; null if none are taken. */
    public @Nullable ReadSampling sampling() {
        return sampling;
    }

    /** Samples are taken from now on, or, if null, no more. */
    public void sampling(@Nullable ReadSampling next) {
        sampling = next;
    }

    /** Whether somebody wants to know how long transactions take. */
    public boolean timed() {
        return latencies != null || figures != null;
    }

    /** A transaction has ended that began at that time, by {@link System#nanoTime}. */
    public void ended(long began) {
        Latencies wanted = latencies;
        if (wanted != null) {
            wanted.record(began);
        }
        ClientFigures counted = figures;
        if (counted != null) {
            counted.record(System.nanoTime() - began);
        }
    }

    /** How the clients fare; null if nobody wants to know. */
    public @Nullable ClientFigures figures() {
        return figures;
    }

    /** They are counted there from now on, or, if null, nowhere. */
    public void figures(@Nullable ClientFigures next) {
        figures = next;
    }

    /** A client was told an error. */
    public void failed() {
        ClientFigures counted = figures;
        if (counted != null) {
            counted.error();
        }
    }

    /** Where the latencies of the sessions' transactions go from now on; if null, nowhere. */
    public void latencies(@Nullable Latencies next) {
        latencies = next;
    }

    /**
     * Makes a route the one that new transactions take. Transactions that run keep theirs: whoever must be sure that
     * none does closes the gate and drains it first.
     */
    public void publish(Route next) {
        route = next;
        schemaChanged();
    }

    /** Replaces the route by one that differs in its features only: what was prepared before stays as it is. */
    public void amend(Route next) {
        route = next;
    }

    /**
     * What the names in a statement mean has changed, or may have: what was prepared before is not what would be prepared
     * now.
     */
    public void schemaChanged() {
        schemaChangedAt = System.nanoTime();
    }

    /** When that was last, by {@link System#nanoTime}. */
    public long schemaChangedAt() {
        return schemaChangedAt;
    }

    public void register(TenantSession session) {
        sessions.add(session);
    }

    public void unregister(TenantSession session) {
        sessions.remove(session);
    }

    public Collection<TenantSession> sessions() {
        return List.copyOf(sessions);
    }

    /** The transactions that run now: whom a drain waits for. */
    public List<ActiveTransaction> activeTransactions() {
        return sessions.stream()
                .flatMap(session -> session.activeTransaction().stream())
                .toList();
    }

    /** How many transactions wait for the gate. */
    public int held() {
        return gate.held();
    }
}
