// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.ClusterConfig;
import dev.cutover.proxy.wire.ErrorFields;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How many connections to one cluster are open, over all event loops, and who waits for one.
 *
 * <p>A waiter gets either a connection of its own pool that is given back, or the right to open one (a permit) when
 * another connection is closed for it. Tenants take turns, see {@link WaitQueue}. Closing and opening costs far more than
 * lending, so a connection that is given back goes to the first waiter that can use it, on whichever event loop, even before
 * one of another database or user whose turn it is; unless that one has no connection in its pool to hope for, or has waited
 * longer than {@link #PATIENCE_NANOS}. A tenant that holds all it may is passed over until it gives one back.
 *
 * <p>No waiter is forgotten: it enqueues itself, then looks for idle connections; whoever makes a connection idle looks
 * for waiters afterwards. One of the two sees the other. {@link ConnectionPermits} has the argument for permits.
 */
final class ClusterLimit {
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final long RETIRE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ToIntFunction<String> tenantSizes;
    private final ConnectionPermits<Waiter> permits;
    private final Map<String, TenantShare> shares = new ConcurrentHashMap<>();
    private final Map<PoolKey, Retirement> retirements = new ConcurrentHashMap<>();
    private final Outage outage;
    private volatile ClusterConfig cluster;
    /** When a connection was lost the last time; null if none was. */
    private volatile @Nullable Long lostAt;
    /** When connections were retired for a read-only server the last time; null if they never were. */
    private final AtomicReference<@Nullable Long> retiredAt = new AtomicReference<>();

    /** @param tenantSizes how many connections a tenant may hold; 0 for no limit of its own */
    ClusterLimit(ClusterConfig cluster, ToIntFunction<String> tenantSizes) {
        this.cluster = cluster;
        this.outage = new Outage(cluster);
        this.tenantSizes = tenantSizes;
        this.permits = new ConnectionPermits<>(() -> this.cluster.pool().size());
    }

    ClusterConfig cluster() {
        return cluster;
    }

    Outage outage() {
        return outage;
    }

    int open() {
        return permits.open();
    }

    /** The server, or the network, has ended a connection. */
    void lost(long now) {
        lostAt = now;
    }

    /** Whether a connection was lost after this moment. A server that shuts down, or crashes, soon ends the others, too. */
    boolean lostAfter(long moment) {
        Long last = lostAt;
        return last != null && moment - last <= 0;
    }

    boolean hasWaiters() {
        return permits.waiting() > 0;
    }

    int waiting() {
        return permits.waiting();
    }

    /** How many wait, by what they wait for. */
    Map<PoolKey, Integer> waitingByKey() {
        Map<PoolKey, Integer> counts = new HashMap<>();
        permits.forEachWaiting(waiter -> counts.merge(waiter.pool().key(), 1, Integer::sum));
        return counts;
    }

    TenantShare share(String tenant) {
        return shares.computeIfAbsent(tenant, name -> new TenantShare(name, () -> tenantSizes.applyAsInt(name)));
    }

    /** The retirement that holds for the connections of a key. */
    Retirement retirement(PoolKey key, long now) {
        return retirements.computeIfAbsent(key, ignored -> new Retirement(now));
    }

    /** Retires the connections of these keys on all event loops. Those that are idle stay open until their pool is tended. */
    void retire(Predicate<PoolKey> which, long now) {
        retirements.forEach((key, retirement) -> {
            if (which.test(key)) {
                retirement.begin(now);
            }
        });
    }

    /** Nobody opens connections of these keys any more. Those that are open keep their retirement. */
    void forget(Predicate<PoolKey> which) {
        retirements.keySet().removeIf(which);
    }

    /** Other limits of the cluster hold from now on. */
    void reconfigure(ClusterConfig next) {
        cluster = next;
        outage.reconfigure(next);
        tenantSizesChanged();
    }

    /** Other limits of tenants hold from now on. */
    void tenantSizesChanged() {
        serve(permits.resized());
    }

    /** Whether connections may be retired now, which happens at most once a second. */
    boolean mayRetire(long now) {
        Long before = retiredAt.get();
        return (before == null || now - before >= RETIRE_NANOS) && retiredAt.compareAndSet(before, now);
    }

    /** What to tell somebody who has waited in vain. */
    ErrorFields exhausted(@Nullable TenantShare share, Duration patience) {
        return ErrorFields.error(
                "53300", "no backend connection became free within " + patience.toMillis() + " ms", hint(share));
    }

    private String hint(@Nullable TenantShare share) {
        String name = cluster.name();
        int size = cluster.pool().size();
        return share == null
                ? "All " + size + " connections to cluster \"" + name + "\" are in use. Raise clusters." + name
                        + ".pool.size, or shorten transactions."
                : "The tenant may hold " + share.size() + " connections (tenants." + share.tenant()
                        + ".pool-size) of the cluster's " + size + " (clusters." + name
                        + ".pool.size). Raise what is exhausted, or shorten transactions.";
    }

    /** Whether more connections are open than may be, as after a change of the limits. */
    boolean overfull(@Nullable TenantShare share) {
        return permits.overfull(share);
    }

    /** Takes a permit if one is free and nobody waits for it. */
    boolean tryPermit(Pool pool) {
        return permits.tryTake(pool.share());
    }

    /** Queues, unless a permit has become free. @return whether the caller got a permit instead */
    boolean permitOrEnqueue(Waiter waiter) {
        return permits.takeOrEnqueue(waiter);
    }

    void remove(Waiter waiter) {
        permits.remove(waiter);
    }

    /**
     * Takes out who gets a connection of this pool, or its permit; null if it is of use to nobody. Who gets the permit has
     * its place in its tenant's share already.
     */
    @Nullable Waiter next(Pool pool, long now) {
        return permits.next(
                pool.share(), pool::suits, waiter -> waiter.pool().size() > 0 && now - waiter.since() < PATIENCE_NANOS);
    }

    /** Takes out who can use an open connection of this pool; null if nobody can. */
    @Nullable Waiter nextUser(Pool pool) {
        return permits.nextUser(pool::suits);
    }

    /** A connection has closed whose permit goes to a waiter that {@link #next} chose. */
    void passedOn(@Nullable TenantShare from, @Nullable TenantShare to) {
        if (from != null && from != to) {
            serve(permits.passOn(from));
        }
    }

    /** Gives a permit back: to the first who waits and can use it, or to nobody. */
    void releasePermit(@Nullable TenantShare share) {
        serve(permits.release(share));
    }

    private static void serve(ConnectionPermits.Admitted<Waiter> admitted) {
        admitted.heirs().forEach(heir -> heir.pool().connectFor(heir));
        Waiter stranded = admitted.stranded();
        if (stranded != null) {
            stranded.pool().evictIdleEverywhere();
        }
    }
}
