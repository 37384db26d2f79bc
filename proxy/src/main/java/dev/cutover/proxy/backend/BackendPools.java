// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.proxy.auth.ClientAuthenticator;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The backend connections of the whole proxy. */
public final class BackendPools {
    private static final Logger LOG = LoggerFactory.getLogger(BackendPools.class);
    private static final int TEND_MILLIS = 1_000;

    private final Map<EventLoop, LoopPools> loops = new HashMap<>();
    private final Map<String, ClusterLimit> limits = new ConcurrentHashMap<>();
    private final Map<String, Integer> tenantSizes = new ConcurrentHashMap<>();
    private final BackendConnector connector;
    private final ProxyMeters meters;
    private volatile Duration borrowTimeout;
    private volatile Consumer<String> whenFailedOver = cluster -> {};

    public BackendPools(
            EventLoopGroup group,
            Transport transport,
            Map<String, ClusterConfig> clusters,
            ClientAuthenticator authenticator,
            Executor resolver,
            ProxyMeters meters,
            Duration borrowTimeout) {
        this.borrowTimeout = borrowTimeout;
        this.connector = new BackendConnector(
                transport, clusters, authenticator, resolver, meters.backendBytes(), this::failedOver);
        this.meters = meters;
        clusters.forEach((name, cluster) -> limits.put(name, limitOf(cluster)));
        for (EventExecutor executor : group) {
            EventLoop loop = (EventLoop) executor;
            LoopPools pools = new LoopPools(this, loop, loops.size());
            loops.put(loop, pools);
            loop.scheduleWithFixedDelay(() -> tend(pools), TEND_MILLIS, TEND_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private static void tend(LoopPools pools) {
        try {
            pools.tend(System.nanoTime());
        } catch (Throwable e) {
            // Thrown on, it would end the schedule in silence.
            LOG.error("pools could not be tended, will be repeated", e);
        }
    }

    private ClusterLimit limitOf(ClusterConfig cluster) {
        return new ClusterLimit(cluster, tenant -> tenantSizes.getOrDefault(tenant, 0));
    }

    /** How many connections to a cluster a tenant may hold; 0 for no limit of its own. */
    public void tenantSize(String tenant, int size) {
        tenantSizes.put(tenant, size);
        limits.values().forEach(ClusterLimit::tenantSizesChanged);
    }

    /**
     * The clusters as they are configured from now on. Connections that are open stay, but those to a former address of a cluster
     * end with their transaction. Certificates are read again.
     *
     * @return whether a cluster has another address
     */
    public boolean reconfigure(Map<String, ClusterConfig> clusters, Duration newBorrowTimeout) {
        connector.reconfigure(clusters);
        borrowTimeout = newBorrowTimeout;
        Set<String> moved = new HashSet<>();
        clusters.forEach((name, cluster) -> {
            ClusterLimit limit = limits.computeIfAbsent(name, added -> limitOf(cluster));
            Endpoint before = limit.outage().primary();
            limit.reconfigure(cluster);
            if (!limit.outage().primary().equals(before)) {
                moved.add(name);
            }
        });
        if (!moved.isEmpty()) {
            LOG.info("connections of the former address retired: clusters={}", moved);
            retire(key -> moved.contains(key.cluster()));
        }
        return !moved.isEmpty();
    }

    /** Another server is the primary of a cluster. Connections to the one before are out of date, and end now. */
    private void failedOver(String cluster) {
        loops.values().forEach(pools -> pools.loop().execute(() -> pools.cutOutdated(cluster)));
        whenFailedOver.accept(cluster);
    }

    /** What is to be done when another server is the primary of a cluster, which is named. Runs on an event loop. */
    public void whenFailedOver(Consumer<String> task) {
        whenFailedOver = task;
    }

    /** A tenant has no limit of its own any more. */
    public void forgetTenant(String tenant) {
        tenantSizes.remove(tenant);
    }

    /**
     * Drops the pools that nobody needs any more. Their idle connections close now, those that are lent when they are given back.
     *
     * @param clusters those that nothing lies on any more
     * @return completes when no event loop has one of the pools
     */
    public CompletableFuture<Void> drop(Predicate<PoolKey> which, Set<String> clusters) {
        Predicate<PoolKey> all = which.or(key -> clusters.contains(key.cluster()));
        return CompletableFuture.allOf(loops.values().stream()
                        .map(pools -> CompletableFuture.runAsync(() -> pools.drop(all), pools.loop()))
                        .toArray(CompletableFuture<?>[]::new))
                .thenRun(() -> {
                    limits.values().forEach(limit -> limit.forget(which));
                    clusters.forEach(limits::remove);
                });
    }

    /** The clusters that connections can be opened to. */
    public Set<String> clusters() {
        return Set.copyOf(limits.keySet());
    }

    int loops() {
        return loops.size();
    }

    public LoopPools on(EventLoop loop) {
        LoopPools pools = loops.get(loop);
        if (pools == null) {
            throw new IllegalArgumentException("not one of the proxy's event loops");
        }
        return pools;
    }

    /**
     * Opens connections on every event loop, so that the first transactions after a flip find them there.
     *
     * @return how many event loops have one; fails with the server's error if none has
     */
    public CompletableFuture<Integer> warm(PoolKey key) {
        List<CompletableFuture<Boolean>> each = new ArrayList<>();
        for (LoopPools pools : loops.values()) {
            CompletableFuture<Boolean> done = new CompletableFuture<>();
            each.add(done);
            pools.loop().execute(() -> warm(pools.pool(key), done));
        }
        return CompletableFuture.allOf(each.toArray(CompletableFuture<?>[]::new))
                .handle((ignored, failure) -> {
                    int warmed = (int) each.stream()
                            .filter(one -> !one.isCompletedExceptionally())
                            .count();
                    if (warmed == 0 && failure != null) {
                        throw new IllegalStateException(failure.getMessage(), failure);
                    }
                    return warmed;
                });
    }

    private static void warm(Pool pool, CompletableFuture<Boolean> done) {
        if (pool.idleSize() > 0) {
            done.complete(true);
            return;
        }
        pool.borrow(
                pool.key().tenant(),
                new Borrower() {
                    @Override
                    public void lent(BackendConnection connection) {
                        pool.giveBack(connection);
                        done.complete(true);
                    }

                    @Override
                    public void refused(ErrorFields error) {
                        done.completeExceptionally(new IllegalStateException(error.toString()));
                    }
                },
                Orphan.LISTENER);
    }

    /** All open connections, asked of every event loop. */
    public CompletableFuture<List<BackendView>> views() {
        List<CompletableFuture<List<BackendView>>> each = loops.values().stream()
                .map(pools -> CompletableFuture.supplyAsync(pools::views, pools.loop()))
                .toList();
        return CompletableFuture.allOf(each.toArray(CompletableFuture<?>[]::new))
                .thenApply(done ->
                        each.stream().flatMap(views -> views.join().stream()).toList());
    }

    /** How many transactions wait for a connection, by what they wait for. */
    public Map<PoolKey, Integer> waiting() {
        Map<PoolKey, Integer> waiting = new HashMap<>();
        limits.values().forEach(limit -> waiting.putAll(limit.waitingByKey()));
        return waiting;
    }

    /** How one cluster's connections stand. */
    public record Statistics(int limit, int open, int idle, int waiting) {}

    public @Nullable Statistics statistics(String cluster) {
        ClusterLimit limit = limits.get(cluster);
        if (limit == null) {
            return null;
        }
        int idle = loops.values().stream().mapToInt(pools -> pools.idle(limit)).sum();
        return new Statistics(limit.cluster().pool().size(), limit.open(), idle, limit.waiting());
    }

    ClusterLimit limit(String cluster) {
        ClusterLimit limit = limits.get(cluster);
        if (limit == null) {
            throw new IllegalArgumentException("clusters." + cluster + " is not configured");
        }
        return limit;
    }

    BackendConnector connector() {
        return connector;
    }

    ProxyMeters meters() {
        return meters;
    }

    Duration borrowTimeout() {
        return borrowTimeout;
    }

    /**
     * Retires the connections of these pools that are open now or being opened. No transaction begins on them once this returns;
     * they close when they are given back. Any thread.
     */
    public void retire(Predicate<PoolKey> which) {
        long now = System.nanoTime();
        limits.values().forEach(limit -> limit.retire(which, now));
        loops.values().forEach(pools -> pools.loop().execute(() -> pools.tend(which)));
    }

    /** A server has turned out to be read-only: another one may be the primary by now. At most once a second. */
    public void readOnly(String cluster) {
        if (limit(cluster).mayRetire(System.nanoTime())) {
            LOG.info("connections of a read-only server retired: cluster={}", cluster);
            retire(key -> key.cluster().equals(cluster));
        }
    }

    /** Passes idle connections on to waiters. One is closed for another only if nobody has use for it as it is. */
    void evictIdle(ClusterLimit limit) {
        List<LoopPools> holding =
                loops.values().stream().filter(each -> each.idle(limit) > 0).toList();
        AtomicInteger left = new AtomicInteger(holding.size());
        for (LoopPools pools : holding) {
            pools.loop().execute(() -> {
                pools.evictIdle(limit, true);
                if (left.decrementAndGet() == 0 && limit.hasWaiters()) {
                    closeIdle(limit);
                }
            });
        }
    }

    private void closeIdle(ClusterLimit limit) {
        for (LoopPools pools : loops.values()) {
            if (pools.idle(limit) > 0) {
                pools.loop().execute(() -> pools.evictIdle(limit, false));
            }
        }
    }
}
