// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.ErrorFields;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one database for one user. Every method runs on that loop, except {@link #size},
 * {@link #suits}, {@link #connectFor} and {@link #evictIdleEverywhere}. A connection moves to another loop's pool if somebody waits
 * for it there.
 */
public final class Pool {
    private static final long OUTAGE_LOOK_MILLIS = 200;

    private final LoopPools owner;
    private final PoolKey key;
    private final ClusterLimit limit;
    private final @Nullable TenantShare share;
    private final boolean movable;
    private final IdleConnections idle;
    private final Set<BackendConnection> open = new HashSet<>();
    private final UserCode userCode = new UserCode();
    private volatile int size;
    private int opening;
    private boolean dropped;

    /** @param share what the pool's tenant may hold; null if the pool is shared by tenants */
    Pool(LoopPools owner, PoolKey key, ClusterLimit limit, @Nullable TenantShare share) {
        this.owner = owner;
        this.key = key;
        this.limit = limit;
        this.share = share;
        this.idle = new IdleConnections(by -> owner.idleChanged(limit, by));
        this.movable = owner.connector().movesConnections();
    }

    public PoolKey key() {
        return key;
    }

    /** Connections of this pool, being opened, idle or lent. */
    int size() {
        return size;
    }

    /** All that are open, idle or lent. */
    Set<BackendConnection> open() {
        return open;
    }

    int idleSize() {
        return idle.size();
    }

    ClusterLimit limit() {
        return limit;
    }

    @Nullable TenantShare share() {
        return share;
    }

    /** Whether somebody waits for a connection of this cluster: then a borrower gives back as soon as it can. */
    public boolean contended() {
        return limit.hasWaiters();
    }

    /** An idle connection, if there is one that need not be asked first whether it lives, nor be reset. */
    public @Nullable BackendConnection tryBorrow(BackendListener listener) {
        long now = System.nanoTime();
        BackendConnection connection;
        while ((connection = idle.newest()) != null) {
            boolean active = connection.active();
            if (active && (asleep(connection, now) || connection.mustReset(listener))) {
                return null;
            }
            idle.remove(connection);
            if (active && !connection.retired(now)) {
                connection.lend(listener);
                return connection;
            }
            connection.terminate();
        }
        return null;
    }

    /** Whether it is asked first if it lives: it has been idle for long, or another connection was lost meanwhile. */
    private boolean asleep(BackendConnection connection, long now) {
        long since = connection.idleSince(now);
        return now - since >= limit.cluster().pool().checkDelay().toNanos() || limit.lostAfter(since);
    }

    private void check(BackendConnection connection, Waiter waiter) {
        new LivenessCheck(connection, () -> alive(connection, waiter), () -> dead(waiter)).begin(owner.loop());
    }

    /**
     * Asks for a connection and waits for it.
     *
     * @param tenant for whom: tenants take turns
     * @return how to withdraw
     */
    public Waiter borrow(String tenant, Borrower borrower, BackendListener listener) {
        Waiter waiter = new Waiter(this, tenant, new Lending(borrower, listener));
        Duration patience = owner.borrowTimeout();
        waiter.timeout(owner.loop().schedule(() -> timedOut(waiter), patience.toMillis(), TimeUnit.MILLISECONDS));
        ask(waiter);
        return waiter;
    }

    private void ask(Waiter waiter) {
        BackendConnection asleep = idle.take();
        if (asleep != null && mustReset(asleep, waiter)) {
            reset(asleep, waiter);
        } else if (asleep != null) {
            check(asleep, waiter);
        } else if (dropped) {
            waiter.refuseRemoved();
        } else if (limit.tryPermit(this) || limit.permitOrEnqueue(waiter)) {
            connectFor(waiter);
        } else {
            owner.evictIdleEverywhere(limit);
        }
    }

    private void alive(BackendConnection connection, Waiter waiter) {
        connection.giveBack(System.nanoTime());
        lend(connection, waiter);
    }

    private void dead(Waiter waiter) {
        owner.meters().deadConnections().increment();
        if (!waiter.settled()) {
            ask(waiter);
        }
    }

    /** Gives back a connection that is outside of any transaction and has nothing outstanding. */
    public void giveBack(BackendConnection connection) {
        connection.giveBack(System.nanoTime());
        connection.cancellation().whenSettled(() -> takeBack(connection));
    }

    private void takeBack(BackendConnection connection) {
        if (!connection.active()) {
            return;
        }
        if (connection.retired(System.nanoTime()) || connection.cancellation().unsure() || connection.isOutOfStep()) {
            connection.terminate();
        } else {
            park(connection);
        }
    }

    /** Gives back a connection that a session has used as its own, once the server has forgotten that session. */
    public void reset(BackendConnection connection) {
        connection.giveBack(System.nanoTime());
        connection.cancellation().whenSettled(() -> {
            if (connection.isOutOfStep()) {
                connection.terminate();
            } else if (connection.active()) {
                new SessionReset(connection, () -> giveBack(connection), () -> {}).begin(owner.loop());
            }
        });
    }

    private static boolean mustReset(BackendConnection connection, Waiter waiter) {
        return waiter.borrower() instanceof Lending lending && connection.mustReset(lending.listener());
    }

    /** Has the server forget what another session has left on an idle connection, then lends it. */
    private void reset(BackendConnection connection, Waiter waiter) {
        owner.meters().resets().increment();
        new SessionReset(connection, () -> alive(connection, waiter), () -> dead(waiter)).begin(owner.loop());
    }

    /**
     * Closes a connection that may still run something: cancels that, and leaves the connection to the server to close.
     * {@link BackendConnection#whenClosed} tells when nothing runs any more.
     */
    public void abandon(BackendConnection connection) {
        owner.connector().cancel(owner.loop(), connection, () -> true);
        connection.terminateGracefully();
    }

    /** Cancels what the connection runs. @param wanted whether that still runs */
    public void cancel(BackendConnection connection, BooleanSupplier wanted) {
        owner.connector().cancel(owner.loop(), connection, wanted);
    }

    /** Puts a connection to whoever waits for it, or to rest. */
    private void park(BackendConnection connection) {
        if (limit.hasWaiters()) {
            Waiter next = limit.next(this, System.nanoTime());
            if (next != null) {
                handOver(connection, next);
                return;
            }
        }
        idle.add(connection);
        if (limit.hasWaiters()) {
            owner.loop().execute(() -> evictIdle(false));
        }
    }

    /** Whether the waiter can use an open connection of this pool. Any thread. */
    boolean suits(Waiter waiter) {
        Pool other = waiter.pool();
        return other == this || (movable && other.limit == limit && other.key.equals(key));
    }

    private void handOver(BackendConnection connection, Waiter next) {
        if (next.pool() == this) {
            lend(connection, next);
        } else if (suits(next)) {
            leave(connection);
            connection.place().leaveFor(next);
            Pool target = next.pool();
            LoopChange.begin(connection.channel(), target.owner.loop(), () -> target.arrived(connection, next));
        } else {
            // The permit passes on with the connection's end; its heir is the one we took out.
            connection.place().bequeath(next);
            connection.terminate();
        }
    }

    /** A connection of another event loop has been moved here for the waiter. One that closed on the way has left an heir. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // written by this loop only
    private void arrived(BackendConnection connection, Waiter waiter) {
        if (connection.active()) {
            size++;
            enter(connection);
            long now = System.nanoTime();
            if (!waiter.settled() && !mustReset(connection, waiter) && asleep(connection, now)) {
                check(connection, waiter);
            } else {
                lend(connection, waiter);
            }
        }
    }

    private void enter(BackendConnection connection) {
        open.add(connection);
        connection.userCode(userCode);
        connection.place().enter(this);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written by this loop only
    private void leave(BackendConnection connection) {
        size--;
        open.remove(connection);
        idle.remove(connection);
    }

    private void lend(BackendConnection connection, Waiter waiter) {
        if (!waiter.settled() && connection.retired(System.nanoTime())) {
            connection.terminate();
            ask(waiter);
        } else if (!waiter.settled() && mustReset(connection, waiter)) {
            reset(connection, waiter);
        } else if (waiter.settle()) {
            owner.meters().borrowWait().record(System.nanoTime() - waiter.since(), TimeUnit.NANOSECONDS);
            waiter.borrower().lent(connection);
        } else {
            park(connection);
        }
    }

    /**
     * Passes idle connections on to waiters.
     *
     * @param asTheyAre only to those that can use them; else connections are also closed for others
     */
    void evictIdle(boolean asTheyAre) {
        BackendConnection connection;
        while (limit.hasWaiters() && (connection = idle.eldest()) != null) {
            Waiter next = null;
            if (connection.active()) {
                next = asTheyAre ? limit.nextUser(this) : limit.next(this, System.nanoTime());
            }
            if (connection.active() && next == null) {
                return;
            }
            idle.remove(connection);
            if (next != null) {
                handOver(connection, next);
            }
        }
    }

    /** Has idle connections of all event loops passed on to waiters, or closed for them. Any thread. */
    void evictIdleEverywhere() {
        owner.evictIdleEverywhere(limit);
    }

    /** Nobody needs the pool any more. */
    void drop() {
        dropped = true;
        long now = System.nanoTime();
        open.forEach(connection -> connection.place().retire(now));
        tend(now);
    }

    /** Closes what is idle for too long, too old or too many, and opens what is kept idle. */
    void tend(long now) {
        int keep = dropped ? 0 : owner.minIdle(limit);
        long patience = limit.cluster().pool().idleTimeout().toNanos();
        boolean overfull = limit.overfull(share);
        int left = idle.size();
        for (BackendConnection connection : idle.all()) {
            boolean unused = patience > 0 && left > keep && now - connection.idleSince(now) > patience;
            if (unused || overfull || connection.retired(now)) {
                idle.remove(connection);
                left--;
                connection.terminate();
            }
        }
        while (!overfull && left + opening < keep && limit.tryPermit(this)) {
            opening++;
            connect(null);
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

    /** @param waiter null to keep the connection idle */
    @SuppressWarnings("NonAtomicVolatileUpdate") // written by this loop only
    private void connect(@Nullable Waiter waiter) {
        size++;
        if (waiter != null) {
            waiter.connects();
        }
        owner.connector().connect(owner.loop(), limit, key, Map.of(), new Borrower() {
            @Override
            public void lent(BackendConnection connection) {
                if (connection.outdated()) {
                    // The cluster's address has changed meanwhile. The permit serves for another connection.
                    connection.terminate();
                    size--;
                    if (waiter != null && waiter.settled()) {
                        limit.releasePermit(share);
                    } else {
                        connect(waiter);
                    }
                    return;
                }
                opened(connection);
                if (waiter == null) {
                    opening--;
                    park(connection);
                } else {
                    lend(connection, waiter);
                }
            }

            @Override
            public void refused(ErrorFields error) {
                owner.meters().connectFailures().increment();
                size--;
                limit.releasePermit(share);
                if (waiter == null) {
                    opening--;
                } else if (waiter.settle()) {
                    waiter.borrower().refused(error);
                }
            }
        });
    }

    private void opened(BackendConnection connection) {
        enter(connection);
        owner.meters().openConnections().incrementAndGet();
        connection.whenClosed(() -> closed(connection));
        long now = System.nanoTime();
        connection.place().limitAge(limit.cluster().pool().maxLifetime(), now);
        if (dropped) {
            connection.place().retire(now);
        }
    }

    private void closed(BackendConnection connection) {
        Pool last = connection.place().pool();
        if (last != null) {
            last.leave(connection);
        }
        owner.meters().openConnections().decrementAndGet();
        Waiter heir = connection.place().heir();
        if (heir != null) {
            limit.passedOn(share, heir.pool().share());
            heir.pool().connectFor(heir);
        } else {
            limit.releasePermit(share);
        }
    }

    private void timedOut(Waiter waiter) {
        Outage outage = limit.outage();
        if (waiter.settled()) {
            return;
        }
        if (outage.missing()) {
            waiter.outlasts();
            // A waiter with a permit runs a search of its own, which ends with the reason of each server.
            if (waiter.connecting() || outage.patience(limit.cluster(), System.nanoTime()) > 0) {
                again(waiter, OUTAGE_LOOK_MILLIS);
                return;
            }
            refuse(waiter, PrimarySearch.noPrimary(limit.cluster(), ""));
        } else if (waiter.outlasted()) {
            // A primary has just been found: its connections are being opened.
            again(waiter, owner.borrowTimeout().toMillis());
        } else {
            refuse(waiter, limit.exhausted(share, owner.borrowTimeout()));
        }
    }

    private void again(Waiter waiter, long millis) {
        waiter.timeout(owner.loop().schedule(() -> timedOut(waiter), millis, TimeUnit.MILLISECONDS));
    }

    private void refuse(Waiter waiter, ErrorFields error) {
        if (waiter.settle()) {
            limit.remove(waiter);
            waiter.borrower().refused(error);
        }
    }

    /** Another server is the primary: what is still running on the one before has no future there. */
    void cutOutdated() {
        for (BackendConnection connection : List.copyOf(open)) {
            if (connection.outdated()) {
                connection.cut();
            }
        }
    }
}
