// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.gate;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate that one tenant's transactions pass: it counts those that run, and holds new ones while a flip is under way.
 *
 * <h2>Why no transaction slips through</h2>
 *
 * A flip does this: (C1) publish {@code closed = true}; (C2) read every stripe until their sum is zero; (C3) change the
 * route. A transaction does this: (T1) increment its own stripe; (T2) read {@code closed}; if it is false, (T3) run,
 * and (T4) decrement the stripe; if it is true, decrement at once and wait.
 *
 * <p>{@code closed} is volatile and the stripes are an {@link AtomicLongArray}, so all of C1, C2, T1, T2 and T4 are
 * synchronization actions: there is one total order of them that agrees with each thread's program. Take a transaction
 * that got through, so T2 read false, so T2 comes before C1 in that order. T1 is before T2 and C1 before C2; hence T1
 * comes before every read of C2. A read of this stripe therefore sees the increment, until T4 has taken it back: the sum
 * is not zero while the transaction runs. So C3 comes after T4, and T3 ran wholly on the old route.
 *
 * <p>The second read of the flag is what carries the proof. Were the flag read only before the increment, the order
 * "read false, C1, C2 sees zero, increment" would be possible, and the transaction would run beside the flip.
 *
 * <p>The sum is not a snapshot: stripes are read one after another. That is sound because while the gate is closed a
 * stripe that was seen at zero can rise only by a transaction that backs out at once, never by one that runs. (Its brief
 * rise can make a sum too high; then the drain looks again when it backs out.) It needs the rule that a transaction
 * leaves through the stripe that it entered by.
 *
 * <h2>Why no waiter is forgotten</h2>
 *
 * A waiter enqueues itself and then re-reads {@code closed}, both under the lock that {@link #open} holds while it
 * clears the flag and takes the queue. So either open finds it in the queue, or it finds the gate open and runs at once.
 */
public final class Gate implements Passage.Counter {
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

    /** Longs between two counters in use: 128 bytes, a cache line and the one the prefetcher takes with it. */
    private static final int PADDING = 16;

    private final int stripes;
    private final AtomicLongArray running;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private final Set<Passage> passages = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;

    public Gate(int stripes) {
        if (stripes < 1) {
            throw new IllegalArgumentException("a gate needs a stripe");
        }
        this.stripes = stripes;
        this.running = new AtomicLongArray((stripes + 1) * PADDING);
    }

    /**
     * A session's own way through the gate.
     *
     * @param stripe any number, by habit the session's event loop
     * @param loop the session's event loop
     * @param justified whether something of the session may still run behind the gate; asked on that loop
     */
    public Passage passage(int stripe, Executor loop, BooleanSupplier justified) {
        Passage passage = new Passage(this, stripe, loop, justified);
        passages.add(passage);
        return passage;
    }

    @Override
    public void forget(Passage passage) {
        passages.remove(passage);
    }

    /** How many sessions are counted although nothing of them runs. A failure has kept them from leaving. */
    public CompletableFuture<Integer> stale() {
        return count(Passage::stale);
    }

    /** Has those leave. @return how many they were */
    public CompletableFuture<Integer> reconcile() {
        return count(passage -> {
            boolean stale = passage.stale();
            if (stale) {
                LOG.error("a session that runs nothing was counted as running; it is counted no longer");
                passage.leave();
            }
            return stale;
        });
    }

    private CompletableFuture<Integer> count(Predicate<Passage> which) {
        List<CompletableFuture<Boolean>> each = passages.stream()
                .filter(Passage::inside)
                // Asked twice: of a connection that has just been closed the session learns by a task behind the first
                // question.
                .map(passage -> CompletableFuture.supplyAsync(passage::stale, passage.loop())
                        .thenApplyAsync(stale -> stale && which.test(passage), passage.loop()))
                .toList();
        return CompletableFuture.allOf(each.toArray(CompletableFuture<?>[]::new))
                .thenApply(done ->
                        (int) each.stream().filter(CompletableFuture::join).count());
    }

    /**
     * Enters unless the gate is closed. Whoever got true leaves exactly once, through the same stripe.
     *
     * @param stripe any number, by habit the caller's event loop; callers that share one contend
     */
    @Override
    public boolean tryEnter(int stripe) {
        int slot = slot(stripe);
        running.incrementAndGet(slot);
        if (!closed) {
            return true;
        }
        leaveSlot(slot);
        return false;
    }

    /** Ends what {@link #tryEnter} began. */
    @Override
    public void leave(int stripe) {
        leaveSlot(slot(stripe));
    }

    /** Holds what comes from now on. What runs continues running: see {@link #awaitDrained}. */
    public void close() {
        closed = true;
    }

    /** Lets pass what waits, in the order in which it came, and what comes. */
    public void open() {
        List<Waiter> released;
        lock.lock();
        try {
            closed = false;
            released = new ArrayList<>(waiters);
            waiters.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        for (Waiter waiter : released) {
            waiter.loop.execute(waiter.task);
        }
    }

    public boolean closed() {
        return closed;
    }

    /** How many transactions run. While the gate is open this is a fleeting number. */
    public long inFlight() {
        long sum = 0;
        for (int i = 0; i < stripes; i++) {
            sum += running.get((i + 1) * PADDING);
        }
        return sum;
    }

    /** How many transactions wait for the gate to open. */
    public int held() {
        lock.lock();
        try {
            return waiters.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Blocks until the closed gate has no transaction behind it. Sessions that a failure has kept from leaving do not count. Not
     * for event loops.
     *
     * @return false if the time ran out first, or the gate was opened meanwhile
     */
    public boolean awaitDrained(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        reconcile();
        lock.lock();
        try {
            while (closed && inFlight() != 0) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs the task on the loop once the gate is open: at once if it is. First come, first served. The task has not
     * entered; it tries again.
     *
     * @return how to withdraw, for a client that leaves
     */
    public Waiting whenOpen(Executor loop, Runnable task) {
        Waiter waiter = new Waiter(loop, task);
        lock.lock();
        try {
            if (closed) {
                waiters.add(waiter);
                return () -> withdraw(waiter);
            }
        } finally {
            lock.unlock();
        }
        loop.execute(task);
        return () -> {};
    }

    /** A place in the queue before the gate. */
    public interface Waiting {
        void withdraw();
    }

    private void withdraw(Waiter waiter) {
        lock.lock();
        try {
            waiters.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    private int slot(int stripe) {
        return (Math.floorMod(stripe, stripes) + 1) * PADDING;
    }

    private void leaveSlot(int slot) {
        running.decrementAndGet(slot);
        // Only a closed gate can have somebody waiting for the drain. Whoever closes after this read sums afterwards.
        if (closed) {
            signalDrain();
        }
    }

    private void signalDrain() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** By identity: the same task may wait twice. */
    private static final class Waiter {
        final Executor loop;
        final Runnable task;

        Waiter(Executor loop, Runnable task) {
            this.loop = loop;
            this.task = task;
        }
    }
}
