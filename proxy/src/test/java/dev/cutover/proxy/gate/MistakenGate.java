// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.gate;

import dev.cutover.proxy.testing.Interleavings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A gate built as {@link Gate} is, but for one mistake. It shows that the scenarios find such mistakes. */
final class MistakenGate implements CountedGate {
    private final Mistake mistake;
    private final AtomicLongArray running = new AtomicLongArray(2);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Runnable> waiters = new ArrayDeque<>();
    private volatile boolean closed;

    enum Mistake {
        /** Reads the flag, then counts, and does not read it again. */
        CHECKS_BEFORE_IT_COUNTS,
        /** Adds to the count in two steps. */
        COUNTS_WITHOUT_COMPARE_AND_SET,
        /** Leaves without waking the drain. */
        LEAVES_IN_SILENCE,
        /** Reads the flag outside of the lock before it enqueues. */
        ENQUEUES_WITHOUT_A_SECOND_LOOK
    }

    MistakenGate(Mistake mistake) {
        this.mistake = mistake;
    }

    @Override
    public boolean tryEnter(int stripe) {
        if (mistake == Mistake.CHECKS_BEFORE_IT_COUNTS) {
            if (closed) {
                return false;
            }
            running.incrementAndGet(stripe);
            return true;
        }
        if (mistake == Mistake.COUNTS_WITHOUT_COMPARE_AND_SET) {
            running.set(stripe, running.get(stripe) + 1);
        } else {
            running.incrementAndGet(stripe);
        }
        if (!closed) {
            return true;
        }
        leave(stripe);
        return false;
    }

    @Override
    public void leave(int stripe) {
        running.decrementAndGet(stripe);
        if (closed && mistake != Mistake.LEAVES_IN_SILENCE) {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public void open() {
        List<Runnable> released;
        lock.lock();
        try {
            closed = false;
            released = new ArrayList<>(waiters);
            waiters.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        released.forEach(Runnable::run);
    }

    @Override
    public boolean awaitDrained() throws InterruptedException {
        long left = Interleavings.WAIT.toNanos();
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

    @Override
    public void whenOpen(Runnable task) {
        boolean closedBefore = closed;
        lock.lock();
        try {
            if (mistake == Mistake.ENQUEUES_WITHOUT_A_SECOND_LOOK ? closedBefore : closed) {
                waiters.add(task);
                return;
            }
        } finally {
            lock.unlock();
        }
        task.run();
    }

    @Override
    public long inFlight() {
        return running.get(0) + running.get(1);
    }
}
