// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One event loop with one pool, without Netty: connections are tokens, and tasks run when the loop's thread calls {@link #runTasks}.
 * It takes the steps of {@link Pool} in the same order, and uses the real {@link ConnectionPermits}.
 */
final class ModelLoop {
    private final ConnectionPermits<ModelWaiter> permits;
    private final List<ModelLoop> all;
    private final @Nullable TenantShare share;
    private final Mistake mistake;
    private final Deque<Object> idle = new ArrayDeque<>();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    enum Mistake {
        NONE,
        /** Asks the loops for idle connections, and enqueues only then. */
        LOOKS_BEFORE_IT_ENQUEUES
    }

    /** @param all the loops, to which this one is added */
    ModelLoop(
            ConnectionPermits<ModelWaiter> permits, List<ModelLoop> all, @Nullable TenantShare share, Mistake mistake) {
        this.permits = permits;
        this.all = all;
        this.share = share;
        this.mistake = mistake;
        all.add(this);
    }

    /** Who waits for a connection of a loop's pool. */
    static final class ModelWaiter implements ConnectionPermits.Claim {
        private final ModelLoop loop;
        private final AtomicBoolean served = new AtomicBoolean();

        private ModelWaiter(ModelLoop loop) {
            this.loop = loop;
        }

        @Override
        public String tenant() {
            return loop.share == null ? "" : loop.share.tenant();
        }

        @Override
        public @Nullable TenantShare share() {
            return loop.share;
        }

        boolean served() {
            return served.get();
        }

        private void serve() {
            if (!served.compareAndSet(false, true)) {
                throw new AssertionError("a waiter was served twice");
            }
        }
    }

    /** As {@link Pool#borrow}. */
    ModelWaiter borrow() {
        ModelWaiter waiter = new ModelWaiter(this);
        if (mistake == Mistake.LOOKS_BEFORE_IT_ENQUEUES) {
            evictIdleEverywhere();
        }
        if (idle.pollLast() != null) {
            waiter.serve();
        } else if (permits.tryTake(share) || permits.takeOrEnqueue(waiter)) {
            waiter.serve();
        } else if (mistake != Mistake.LOOKS_BEFORE_IT_ENQUEUES) {
            evictIdleEverywhere();
        }
        return waiter;
    }

    /** As {@link Pool#giveBack}. */
    void giveBack() {
        if (permits.waiting() > 0) {
            ModelWaiter next = permits.next(share, this::suits, waiter -> false);
            if (next != null) {
                handOver(next);
                return;
            }
        }
        idle.addLast(new Object());
        if (permits.waiting() > 0) {
            tasks.add(() -> evictIdle(false));
        }
    }

    /** The server has closed a connection that was lent. */
    void lose() {
        settle(permits.release(share));
    }

    /** Other limits hold. */
    void resized() {
        settle(permits.resized());
    }

    /** Runs what other loops, and this one, have asked of it. */
    void runTasks() {
        Runnable task;
        while ((task = tasks.poll()) != null) {
            task.run();
        }
    }

    int idle() {
        return idle.size();
    }

    private boolean suits(ModelWaiter waiter) {
        return waiter.loop == this || (waiter.loop.share == share && share != null);
    }

    private void handOver(ModelWaiter next) {
        next.serve();
        // One that cannot use the connection gets the permit of its end.
        if (!suits(next) && share != null && share != next.share()) {
            settle(permits.passOn(share));
        }
    }

    private void evictIdle(boolean asTheyAre) {
        while (permits.waiting() > 0 && !idle.isEmpty()) {
            ModelWaiter next =
                    asTheyAre ? permits.nextUser(this::suits) : permits.next(share, this::suits, waiter -> false);
            if (next == null) {
                return;
            }
            idle.removeFirst();
            handOver(next);
        }
    }

    private void evictIdleEverywhere() {
        for (ModelLoop loop : all) {
            loop.tasks.add(() -> {
                loop.evictIdle(true);
                loop.evictIdle(false);
            });
        }
    }

    private void settle(ConnectionPermits.Admitted<ModelWaiter> admitted) {
        admitted.heirs().forEach(ModelWaiter::serve);
        if (admitted.stranded() != null) {
            evictIdleEverywhere();
        }
    }
}
