package dev.cutover.proxy.backend;

import dev.cutover.proxy.metrics.ProxyMeters;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** All pools of one event loop. */
public final class LoopPools {
    private final BackendPools all;
    private final EventLoop loop;
    private final Map<PoolKey, Pool> pools = new HashMap<>();
    private final Map<ClusterLimit, AtomicInteger> idle = new ConcurrentHashMap<>();

    LoopPools(BackendPools all, EventLoop loop) {
        this.all = all;
        this.loop = loop;
    }

    /** The pool for a key. Its cluster must be configured. */
    public Pool pool(PoolKey key) {
        Pool pool = pools.get(key);
        if (pool == null) {
            pool = new Pool(this, key, all.limit(key.cluster()));
            pools.put(key, pool);
        }
        return pool;
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

    void evictIdle(ClusterLimit limit) {
        for (Pool pool : pools.values()) {
            if (pool.limit() == limit) {
                pool.evictIdle();
            }
        }
    }

    void closeIdleSince(long nanoTime) {
        for (Pool pool : pools.values()) {
            pool.closeIdleSince(nanoTime);
        }
    }
}
