// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The permits to open connections to one cluster, and who waits for one. Safe for use by many threads.
 *
 * <p>A waiter enqueues under the lock, and only if no permit is free for it. A permit and a place in a tenant's share become free
 * under the same lock, and the holder of the lock then admits those who can use them. So no waiter misses a free permit.
 *
 * <p>A place in a share is of no use without a permit. If a place becomes free while idle connections hold all permits, the waiter
 * that may use it is {@link Admitted#stranded}: somebody must close an idle connection for it.
 */
final class ConnectionPermits<W extends ConnectionPermits.Claim> {
    private final IntSupplier size;
    private final AtomicInteger open = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final WaitQueue<W> queue = new WaitQueue<>();
    private volatile int waiting;

    /** @param size how many permits there are at this moment */
    ConnectionPermits(IntSupplier size) {
        this.size = size;
    }

    /** Somebody who waits. */
    interface Claim {
        /** Tenants take turns. */
        String tenant();

        /** What the tenant may hold; null if there is no such limit. */
        @Nullable TenantShare share();
    }

    /**
     * What has followed from a permit or a place that became free.
     *
     * @param heirs who has a permit now
     * @param stranded who has room in its share, but found no permit free; null if nobody is
     */
    record Admitted<W>(List<W> heirs, @Nullable W stranded) {}

    /** How many permits are taken. */
    int open() {
        return open.get();
    }

    int waiting() {
        return waiting;
    }

    void forEachWaiting(Consumer<W> action) {
        lock.lock();
        try {
            queue.forEach(action);
        } finally {
            lock.unlock();
        }
    }

    /** Whether more permits are taken than there are, as after a change of the limits. */
    boolean overfull(@Nullable TenantShare share) {
        if (open.get() > size.getAsInt()) {
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
    boolean tryTake(@Nullable TenantShare share) {
        if (waiting > 0) {
            return false;
        }
        if (share == null) {
            return increment();
        }
        lock.lock();
        try {
            return waiting == 0 && take(share);
        } finally {
            lock.unlock();
        }
    }

    /** Queues, unless a permit has become free. @return whether the caller got a permit instead */
    boolean takeOrEnqueue(W waiter) {
        lock.lock();
        try {
            if (queue.first(ConnectionPermits::hasRoom) == null && take(waiter.share())) {
                return true;
            }
            queue.add(waiter.tenant(), waiter);
            waiting = queue.size();
            return false;
        } finally {
            lock.unlock();
        }
    }

    void remove(W waiter) {
        lock.lock();
        try {
            queue.remove(waiter.tenant(), waiter);
            waiting = queue.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes out who gets an open connection, or its permit; null if it is of use to nobody. Who gets the permit has its place in
     * its tenant's share already.
     *
     * @param from the share that the connection counts in
     * @param suits whether the waiter can use the connection as it is
     * @param patient whether the waiter lets those pass that can
     */
    @Nullable W next(@Nullable TenantShare from, Predicate<W> suits, Predicate<W> patient) {
        lock.lock();
        try {
            W chosen = queue.first(waiter -> suits.test(waiter) || waiter.share() == from || hasRoom(waiter));
            if (chosen == null) {
                return null;
            }
            if (!suits.test(chosen) && patient.test(chosen)) {
                W user = queue.first(suits);
                chosen = user == null ? chosen : user;
            }
            TenantShare share = chosen.share();
            if (share != null && share != from) {
                share.taken();
            }
            serve(chosen);
            return chosen;
        } finally {
            lock.unlock();
        }
    }

    /** Takes out who can use an open connection as it is; null if nobody can. */
    @Nullable W nextUser(Predicate<W> suits) {
        lock.lock();
        try {
            W chosen = queue.first(suits);
            if (chosen != null) {
                serve(chosen);
            }
            return chosen;
        } finally {
            lock.unlock();
        }
    }

    /** A connection has closed whose permit goes to a waiter of another share that {@link #next} chose. */
    Admitted<W> passOn(TenantShare from) {
        lock.lock();
        try {
            from.released();
            return admit();
        } finally {
            lock.unlock();
        }
    }

    /** Gives a permit back: to the first who waits and can use it, or to nobody. */
    Admitted<W> release(@Nullable TenantShare share) {
        lock.lock();
        try {
            open.decrementAndGet();
            if (share != null) {
                share.released();
            }
            return admit();
        } finally {
            lock.unlock();
        }
    }

    /** Other limits hold from now on. */
    Admitted<W> resized() {
        lock.lock();
        try {
            return admit();
        } finally {
            lock.unlock();
        }
    }

    /** Takes out all who may open a connection now. */
    private Admitted<W> admit() {
        List<W> heirs = new ArrayList<>();
        W first;
        while ((first = queue.first(ConnectionPermits::hasRoom)) != null && take(first.share())) {
            serve(first);
            heirs.add(first);
        }
        return new Admitted<>(heirs, first);
    }

    private void serve(W waiter) {
        queue.serve(waiter.tenant(), waiter);
        waiting = queue.size();
    }

    private static boolean hasRoom(Claim waiter) {
        TenantShare share = waiter.share();
        return share == null || share.hasRoom();
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

    private boolean increment() {
        int now = open.get();
        while (now < size.getAsInt()) {
            if (open.compareAndSet(now, now + 1)) {
                return true;
            }
            now = open.get();
        }
        return false;
    }
}
