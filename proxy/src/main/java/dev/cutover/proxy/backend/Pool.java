package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.ErrorFields;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one database for one user. Every method runs on that loop, {@link #size} and
 * {@link #connectFor} excepted.
 */
public final class Pool {
    private final LoopPools owner;
    private final PoolKey key;
    private final ClusterLimit limit;
    private final Deque<BackendConnection> idle = new ArrayDeque<>();
    private volatile int size;

    Pool(LoopPools owner, PoolKey key, ClusterLimit limit) {
        this.owner = owner;
        this.key = key;
        this.limit = limit;
    }

    public PoolKey key() {
        return key;
    }

    /** Connections of this pool, being opened, idle or lent. */
    int size() {
        return size;
    }

    int idleSize() {
        return idle.size();
    }

    ClusterLimit limit() {
        return limit;
    }

    /** Whether somebody waits for a connection of this cluster: then a borrower gives back as soon as it can. */
    public boolean contended() {
        return limit.hasWaiters();
    }

    /** An idle connection, if there is one. */
    public @Nullable BackendConnection tryBorrow(BackendListener listener) {
        BackendConnection connection;
        while ((connection = idle.pollLast()) != null) {
            owner.idleChanged(limit, -1);
            if (connection.active()) {
                connection.lend(listener);
                return connection;
            }
        }
        return null;
    }

    /**
     * Asks for a connection and waits for it.
     *
     * @return how to withdraw
     */
    public Waiter borrow(Borrower borrower, BackendListener listener) {
        Waiter waiter = new Waiter(this, new Lending(borrower, listener));
        if (limit.tryPermit() || limit.permitOrEnqueue(waiter)) {
            connectFor(waiter);
        } else {
            owner.evictIdleEverywhere(limit);
        }
        Duration patience = owner.borrowTimeout();
        waiter.timeout(owner.loop().schedule(() -> timedOut(waiter), patience.toMillis(), TimeUnit.MILLISECONDS));
        return waiter;
    }

    /** Turns an idle connection into a lent one on its way to the borrower. */
    private record Lending(Borrower borrower, BackendListener listener) implements Borrower {
        @Override
        public void lent(BackendConnection connection) {
            connection.lend(listener);
            borrower.lent(connection);
        }

        @Override
        public void refused(ErrorFields error) {
            borrower.refused(error);
        }
    }

    /** Gives back a connection that is outside of any transaction and has nothing outstanding. */
    public void giveBack(BackendConnection connection) {
        connection.giveBack(System.nanoTime());
        if (connection.active()) {
            park(connection);
        }
    }

    /** Closes a connection instead of giving it back. */
    public void discard(BackendConnection connection) {
        connection.terminate();
    }

    /**
     * Closes a connection that may still run something: cancels that, and leaves the connection to the server to close.
     * {@link BackendConnection#whenClosed} tells when nothing runs any more.
     */
    public void abandon(BackendConnection connection) {
        owner.connector().cancel(owner.loop(), connection);
        connection.terminateGracefully();
    }

    /** Cancels what the connection runs. */
    public void cancel(BackendConnection connection) {
        owner.connector().cancel(owner.loop(), connection);
    }

    /** Puts a connection to whoever waits for it, or to rest. */
    private void park(BackendConnection connection) {
        if (limit.hasWaiters()) {
            Waiter next = limit.next(this, System.nanoTime());
            if (next != null && next.pool() == this) {
                lend(connection, next);
                return;
            }
            if (next != null) {
                // The permit passes on with the connection's end; its heir is the one we took out.
                connection.bequeath(next);
                connection.terminate();
                return;
            }
        }
        idle.addLast(connection);
        owner.idleChanged(limit, 1);
        if (limit.hasWaiters()) {
            owner.loop().execute(() -> evictIdle());
        }
    }

    private void lend(BackendConnection connection, Waiter waiter) {
        if (waiter.settle()) {
            owner.meters().borrowWait().record(System.nanoTime() - waiter.since(), TimeUnit.NANOSECONDS);
            waiter.borrower().lent(connection);
        } else {
            park(connection);
        }
    }

    /** Passes idle connections on to waiters, their own first. */
    void evictIdle() {
        while (limit.hasWaiters()) {
            BackendConnection connection = idle.pollFirst();
            if (connection == null) {
                return;
            }
            owner.idleChanged(limit, -1);
            if (connection.active()) {
                park(connection);
            }
        }
    }

    void closeIdleSince(long nanoTime) {
        BackendConnection connection;
        while ((connection = idle.peekFirst()) != null
                && connection.state() instanceof BackendState.Idle rest
                && rest.sinceNanos() - nanoTime < 0) {
            idle.removeFirst();
            owner.idleChanged(limit, -1);
            connection.terminate();
        }
    }

    /** Opens a connection for a waiter that has a permit. Any thread. */
    void connectFor(Waiter waiter) {
        if (owner.loop().inEventLoop()) {
            connect(waiter);
        } else {
            owner.loop().execute(() -> connect(waiter));
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written by this loop only
    private void connect(Waiter waiter) {
        size++;
        owner.connector().connect(owner.loop(), limit.cluster(), key, new Borrower() {
            @Override
            public void lent(BackendConnection connection) {
                owner.meters().openConnections().incrementAndGet();
                connection.whenClosed(() -> closed(connection));
                lend(connection, waiter);
            }

            @Override
            public void refused(ErrorFields error) {
                owner.meters().connectFailures().increment();
                size--;
                limit.releasePermit();
                if (waiter.settle()) {
                    waiter.borrower().refused(error);
                }
            }
        });
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written by this loop only
    private void closed(BackendConnection connection) {
        size--;
        if (idle.remove(connection)) {
            owner.idleChanged(limit, -1);
        }
        owner.meters().openConnections().decrementAndGet();
        Waiter heir = connection.heir();
        if (heir != null) {
            heir.pool().connectFor(heir);
        } else {
            limit.releasePermit();
        }
    }

    private void timedOut(Waiter waiter) {
        if (waiter.settle()) {
            limit.remove(waiter);
            waiter.borrower()
                    .refused(ErrorFields.error(
                            "53300",
                            "no backend connection became free within "
                                    + owner.borrowTimeout().toMillis() + " ms",
                            "All " + limit.cluster().poolSize() + " connections to cluster \""
                                    + limit.cluster().name() + "\" are in use. Raise clusters."
                                    + limit.cluster().name() + ".pool.size, or shorten transactions."));
        }
    }

    void withdrawn(Waiter waiter) {
        limit.remove(waiter);
    }
}
