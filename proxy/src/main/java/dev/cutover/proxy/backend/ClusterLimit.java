package dev.cutover.proxy.backend;

import dev.cutover.config.ClusterConfig;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How many connections a cluster may have over all event loops, and who waits for one.
 *
 * <p>A waiter gets either a connection of its own pool that is given back, or the right to open one (a permit) when
 * another connection is closed for it. Closing and opening costs far more than lending, so a connection that is given
 * back goes to the first waiter of its own pool, even before an older one of another pool; unless that older one has no
 * connection in its pool to hope for, or has waited longer than {@link #PATIENCE_NANOS}.
 *
 * <p>No waiter is forgotten: it enqueues itself, then looks for idle connections; whoever makes a connection idle looks
 * for waiters afterwards. One of the two sees the other.
 */
final class ClusterLimit {
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final ClusterConfig cluster;
    private final AtomicInteger open = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Waiter> queue = new ArrayDeque<>();
    private volatile int waiting;

    ClusterLimit(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    ClusterConfig cluster() {
        return cluster;
    }

    int open() {
        return open.get();
    }

    boolean hasWaiters() {
        return waiting > 0;
    }

    int waiting() {
        return waiting;
    }

    /** Takes a permit if one is free and nobody waits for it. */
    boolean tryPermit() {
        return waiting == 0 && increment();
    }

    private boolean increment() {
        int now = open.get();
        while (now < cluster.poolSize()) {
            if (open.compareAndSet(now, now + 1)) {
                return true;
            }
            now = open.get();
        }
        return false;
    }

    /** Queues, unless a permit has become free. @return whether the caller got a permit instead */
    boolean permitOrEnqueue(Waiter waiter) {
        lock.lock();
        try {
            if (queue.isEmpty() && increment()) {
                return true;
            }
            queue.add(waiter);
            waiting = queue.size();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** @return false if the waiter was no longer queued */
    boolean remove(Waiter waiter) {
        lock.lock();
        try {
            boolean removed = queue.remove(waiter);
            waiting = queue.size();
            return removed;
        } finally {
            lock.unlock();
        }
    }

    /** Takes out who gets a connection of this pool, or its permit; null if nobody waits. */
    @Nullable Waiter next(Pool pool, long now) {
        lock.lock();
        try {
            Waiter head = queue.peek();
            if (head == null) {
                return null;
            }
            Waiter chosen = head;
            if (head.pool() != pool && head.pool().size() > 0 && now - head.since() < PATIENCE_NANOS) {
                Iterator<Waiter> others = queue.iterator();
                while (others.hasNext()) {
                    Waiter other = others.next();
                    if (other.pool() == pool) {
                        chosen = other;
                        break;
                    }
                }
            }
            queue.remove(chosen);
            waiting = queue.size();
            return chosen;
        } finally {
            lock.unlock();
        }
    }

    /** Gives a permit back: to the first who waits, or to nobody. */
    void releasePermit() {
        Waiter heir;
        lock.lock();
        try {
            heir = queue.poll();
            waiting = queue.size();
            if (heir == null) {
                open.decrementAndGet();
            }
        } finally {
            lock.unlock();
        }
        if (heir != null) {
            heir.pool().connectFor(heir);
        }
    }
}
