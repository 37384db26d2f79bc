// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.ClusterConfig;
import dev.cutover.proxy.wire.ErrorFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
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
 * for waiters afterwards. One of the two sees the other. And whenever a permit or a place in a tenant's share becomes
 * free, those who can use it are let in under the lock that they enqueue under.
 */
final class ClusterLimit {
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final long RETIRE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ToIntFunction<String> tenantSizes;
    private final AtomicInteger open = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final WaitQueue<Waiter> queue = new WaitQueue<>();
    private final Map<String, TenantShare> shares = new ConcurrentHashMap<>();
    private final Map<PoolKey, Retirement> retirements = new ConcurrentHashMap<>();
    private final Outage outage;
    private volatile ClusterConfig cluster;
    private volatile int waiting;
    private volatile long lostAt = System.nanoTime();
    private long retiredAt = System.nanoTime() - RETIRE_NANOS;

    /** @param tenantSizes how many connections a tenant may hold; 0 for no limit of its own */
    ClusterLimit(ClusterConfig cluster, ToIntFunction<String> tenantSizes) {
        this.cluster = cluster;
        this.outage = new Outage(cluster);
        this.tenantSizes = tenantSizes;
    }

    ClusterConfig cluster() {
        return cluster;
    }

    Outage outage() {
        return outage;
    }

    int open() {
        return open.get();
    }

    /** The server, or the network, has ended a connection. */
    void lost(long now) {
        lostAt = now;
    }

    /** Whether a connection was lost after this moment. A server that shuts down, or crashes, soon ends the others, too. */
    boolean lostAfter(long moment) {
        return moment - lostAt <= 0;
    }

    boolean hasWaiters() {
        return waiting > 0;
    }

    int waiting() {
        return waiting;
    }

    /** How many wait, by what they wait for. */
    Map<PoolKey, Integer> waitingByKey() {
        Map<PoolKey, Integer> counts = new HashMap<>();
        lock.lock();
        try {
            queue.forEach(waiter -> counts.merge(waiter.pool().key(), 1, Integer::sum));
        } finally {
            lock.unlock();
        }
        return counts;
    }

    TenantShare share(String tenant) {
        return shares.computeIfAbsent(tenant, name -> new TenantShare(name, () -> tenantSizes.applyAsInt(name)));
    }

    /** The retirement that holds for the connections of a key. */
    Retirement retirement(PoolKey key) {
        return retirements.computeIfAbsent(key, ignored -> new Retirement());
    }

    /** Retires the connections of these keys on all event loops. Those that are idle stay open until their pool is tended. */
    void retire(Predicate<PoolKey> which) {
        retirements.forEach((key, retirement) -> {
            if (which.test(key)) {
                retirement.begin();
            }
        });
    }

    /** Nobody opens connections of these keys any more. Those that are open keep their retirement. */
    void forget(Predicate<PoolKey> which) {
        retirements.keySet().removeIf(which);
    }

    /** Other limits hold from now on, the cluster's or its tenants'. */
    void reconfigure(ClusterConfig next) {
        List<Waiter> heirs;
        lock.lock();
        try {
            cluster = next;
            outage.reconfigure(next);
            heirs = admit();
        } finally {
            lock.unlock();
        }
        connect(heirs);
    }

    /** Whether connections may be retired now, which happens at most once a second. */
    boolean mayRetire(long now) {
        lock.lock();
        try {
            if (now - retiredAt < RETIRE_NANOS) {
                return false;
            }
            retiredAt = now;
            return true;
        } finally {
            lock.unlock();
        }
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
        if (open.get() > cluster.pool().size()) {
            return true;
        }
        if (share == null) {
            return false;
        }
        lock.lock();
        try {
            return share.overfull();
        } finally {
            lock.unlock();
        }
    }

    /** Takes a permit if one is free and nobody waits for it. */
    boolean tryPermit(Pool pool) {
        if (waiting > 0) {
            return false;
        }
        if (pool.share() == null) {
            return increment();
        }
        lock.lock();
        try {
            return waiting == 0 && take(pool.share());
        } finally {
            lock.unlock();
        }
    }

    private boolean increment() {
        int now = open.get();
        while (now < cluster.pool().size()) {
            if (open.compareAndSet(now, now + 1)) {
                return true;
            }
            now = open.get();
        }
        return false;
    }

    private boolean take(@Nullable TenantShare share) {
        if ((share != null && !share.hasRoom()) || !increment()) {
            return false;
        }
        if (share != null) {
            share.taken();
        }
        return true;
    }

    private static boolean hasRoom(Waiter waiter) {
        TenantShare share = waiter.pool().share();
        return share == null || share.hasRoom();
    }

    /** Queues, unless a permit has become free. @return whether the caller got a permit instead */
    boolean permitOrEnqueue(Waiter waiter) {
        lock.lock();
        try {
            if (queue.first(ClusterLimit::hasRoom) == null && take(waiter.pool().share())) {
                return true;
            }
            queue.add(waiter.tenant(), waiter);
            waiting = queue.size();
            return false;
        } finally {
            lock.unlock();
        }
    }

    void remove(Waiter waiter) {
        lock.lock();
        try {
            queue.remove(waiter.tenant(), waiter);
            waiting = queue.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes out who gets a connection of this pool, or its permit; null if it is of use to nobody. Who gets the permit has
     * its place in its tenant's share already.
     */
    @Nullable Waiter next(Pool pool, long now) {
        lock.lock();
        try {
            Waiter chosen = queue.first(
                    waiter -> pool.suits(waiter) || waiter.pool().share() == pool.share() || hasRoom(waiter));
            if (chosen == null) {
                return null;
            }
            if (!pool.suits(chosen) && chosen.pool().size() > 0 && now - chosen.since() < PATIENCE_NANOS) {
                Waiter own = queue.first(pool::suits);
                chosen = own == null ? chosen : own;
            }
            TenantShare share = chosen.pool().share();
            if (share != null && share != pool.share()) {
                share.taken();
            }
            serve(chosen);
            return chosen;
        } finally {
            lock.unlock();
        }
    }

    /** Takes out who can use an open connection of this pool; null if nobody can. */
    @Nullable Waiter nextUser(Pool pool) {
        lock.lock();
        try {
            Waiter chosen = queue.first(pool::suits);
            if (chosen != null) {
                serve(chosen);
            }
            return chosen;
        } finally {
            lock.unlock();
        }
    }

    private void serve(Waiter waiter) {
        queue.serve(waiter.tenant(), waiter);
        waiting = queue.size();
    }

    /** A connection has closed whose permit goes to a waiter that {@link #next} chose. */
    void passedOn(@Nullable TenantShare from, @Nullable TenantShare to) {
        if (from == null || from == to) {
            return;
        }
        List<Waiter> heirs;
        lock.lock();
        try {
            from.released();
            heirs = admit();
        } finally {
            lock.unlock();
        }
        connect(heirs);
    }

    /** Gives a permit back: to the first who waits and can use it, or to nobody. */
    void releasePermit(@Nullable TenantShare share) {
        List<Waiter> heirs;
        lock.lock();
        try {
            open.decrementAndGet();
            if (share != null) {
                share.released();
            }
            heirs = admit();
        } finally {
            lock.unlock();
        }
        connect(heirs);
    }

    /** Takes out all who may open a connection now. */
    private List<Waiter> admit() {
        List<Waiter> heirs = new ArrayList<>();
        Waiter first;
        while ((first = queue.first(ClusterLimit::hasRoom)) != null
                && take(first.pool().share())) {
            serve(first);
            heirs.add(first);
        }
        return heirs;
    }

    private static void connect(List<Waiter> heirs) {
        heirs.forEach(heir -> heir.pool().connectFor(heir));
    }
}
