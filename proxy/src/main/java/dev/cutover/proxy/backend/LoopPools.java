// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.metrics.ProxyMeters;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** All pools of one event loop. */
public final class LoopPools {
    private final BackendPools all;
    private final EventLoop loop;
    private final int number;
    private final Map<PoolKey, Pool> pools = new HashMap<>();
    /** Pools that nobody needs any more, until their last connection has closed. */
    private final List<Pool> dropped = new ArrayList<>();

    private final Map<ClusterLimit, AtomicInteger> idle = new ConcurrentHashMap<>();

    /** @param number of the loop, from 0 */
    LoopPools(BackendPools all, EventLoop loop, int number) {
        this.all = all;
        this.loop = loop;
        this.number = number;
    }

    /** The pool for a key. Its cluster must be configured. */
    public Pool pool(PoolKey key) {
        Pool pool = pools.get(key);
        if (pool == null) {
            ClusterLimit limit = all.limit(key.cluster());
            pool = new Pool(this, key, limit, key.tenant().isEmpty() ? null : limit.share(key.tenant()));
            pools.put(key, pool);
        }
        return pool;
    }

    /**
     * Opens a connection that belongs to no pool: whoever asked for it closes it.
     *
     * @param parameters of its startup message, beside user and database
     */
    public void dedicated(PoolKey key, Map<String, String> parameters, Borrower borrower, BackendListener listener) {
        Borrower result = new Lending(borrower, listener);
        connector().connect(loop, all.limit(key.cluster()), key, parameters, result);
    }

    /** Cancels what a connection of this loop runs. */
    public void cancel(BackendConnection connection) {
        connector().cancel(loop, connection, () -> true);
    }

    EventLoop loop() {
        return loop;
    }

    ProxyMeters meters() {
        return all.meters();
    }

    BackendConnector connector() {
        return all.connector();
    }

    Duration borrowTimeout() {
        return all.borrowTimeout();
    }

    void idleChanged(ClusterLimit limit, int by) {
        idle.computeIfAbsent(limit, ignored -> new AtomicInteger()).addAndGet(by);
        all.meters().idleConnections().addAndGet(by);
    }

    int idle(ClusterLimit limit) {
        AtomicInteger count = idle.get(limit);
        return count == null ? 0 : count.get();
    }

    void evictIdleEverywhere(ClusterLimit limit) {
        all.evictIdle(limit);
    }

    void evictIdle(ClusterLimit limit, boolean asTheyAre) {
        for (Pool pool : pools.values()) {
            if (pool.limit() == limit) {
                pool.evictIdle(asTheyAre);
            }
        }
    }

    List<BackendView> views() {
        return Stream.concat(pools.values().stream(), dropped.stream())
                .flatMap(pool -> pool.open().stream())
                .map(BackendConnection::view)
                .toList();
    }

    /** This loop's part of what a pool keeps idle. */
    int minIdle(ClusterLimit limit) {
        int all = limit.cluster().pool().minIdle();
        int loops = this.all.loops();
        return all / loops + (number < all % loops ? 1 : 0);
    }

    /** Closes what is idle in these pools and retired. */
    void tend(Predicate<PoolKey> which) {
        pools.values().stream().filter(pool -> which.test(pool.key())).forEach(pool -> pool.tend(System.nanoTime()));
    }

    /** Ends the connections to a server of the cluster that is no longer its primary. */
    void cutOutdated(String cluster) {
        pools.values().stream()
                .filter(pool -> pool.key().cluster().equals(cluster))
                .forEach(Pool::cutOutdated);
    }

    /** Nobody needs these pools any more. What is lent ends when it is given back. */
    void drop(Predicate<PoolKey> which) {
        List<Pool> gone =
                pools.values().stream().filter(pool -> which.test(pool.key())).toList();
        pools.values().removeAll(gone);
        dropped.addAll(gone);
        gone.forEach(Pool::drop);
    }

    /** Closes what is idle for too long or too old, and opens what is kept idle. */
    void tend(long now) {
        for (Pool pool : pools.values()) {
            pool.tend(now);
        }
        dropped.forEach(pool -> pool.tend(now));
        dropped.removeIf(pool -> pool.size() == 0);
    }
}
