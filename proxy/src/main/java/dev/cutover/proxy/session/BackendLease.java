// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.config.PoolMode;
import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.BackendListener;
import dev.cutover.proxy.backend.Borrower;
import dev.cutover.proxy.backend.LoopPools;
import dev.cutover.proxy.backend.Pool;
import dev.cutover.proxy.backend.PoolKey;
import dev.cutover.proxy.backend.Waiter;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.gate.Passage;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.session.SessionState.AtGate;
import dev.cutover.proxy.session.SessionState.AwaitingBackend;
import dev.cutover.proxy.session.SessionState.Ended;
import dev.cutover.proxy.session.SessionState.Idle;
import dev.cutover.proxy.session.SessionState.Resting;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.state.Pins;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How a session comes by a backend for a transaction, and how it gives it back: through the gate, with the route that
 * holds at that moment. All on the session's event loop.
 */
public final class BackendLease implements Borrower {
    /** The session, as far as it has a part in this. */
    interface Owner extends BackendListener {
        /** After waiting: a backend has come, or it is worth asking for one again. What was refused can be delivered again. */
        void proceed();

        /** No backend could be had this time: the message that asked for one is answered by the error. */
        void refuse(ErrorFields error);

        void end(ErrorFields error);

        Pins pins();
    }

    private final Owner owner;
    private final TenantRouting routing;
    private final String user;
    private final LoopPools pools;
    private final EventLoop loop;
    private final Passage passage;
    private final ProxyMeters meters;

    private volatile SessionState state = Idle.INSTANCE;
    private @Nullable Pool lastPool;
    /** When the transaction that runs began, by {@link System#nanoTime}; 0 if nobody wants to know. */
    private long began;

    private long heldSince;
    /** The backend that the client has left behind while it ran something. */
    private @Nullable BackendConnection leaving;

    BackendLease(
            Owner owner,
            TenantRouting routing,
            String user,
            LoopPools pools,
            EventLoop loop,
            int stripe,
            ProxyMeters meters) {
        this.owner = owner;
        this.routing = routing;
        this.user = user;
        this.pools = pools;
        this.loop = loop;
        this.passage = routing.gate().passage(stripe, loop, this::behindGate);
        this.meters = meters;
    }

    SessionState state() {
        return state;
    }

    private void become(SessionState next) {
        assert state.leadsTo(next) : state + " -> " + next;
        state = next;
    }

    /** The backend behind the gate, if the session runs; null otherwise. */
    @Nullable Running running() {
        return state instanceof Running running ? running : null;
    }

    /** The backend that the session holds, behind the gate or pinned outside of it. */
    @Nullable BackendConnection backend() {
        if (state instanceof Running running) {
            return running.backend();
        }
        SessionState now = state instanceof AtGate atGate ? atGate.before() : state;
        return now instanceof Resting resting ? resting.backend() : null;
    }

    /**
     * Makes sure that the session runs.
     *
     * @return false if it must wait; {@link Owner#proceed} is called when it is worth asking again
     */
    boolean acquire() {
        SessionState now = state;
        if (now instanceof Running) {
            return true;
        }
        if (routing.removed()) {
            endRemoved();
            return false;
        }
        if (now instanceof Idle) {
            return enter(null);
        }
        return now instanceof Resting resting && enter(resting);
    }

    private boolean enter(@Nullable Resting resting) {
        if (!passage.tryEnter()) {
            waitAtGate(resting == null ? Idle.INSTANCE : resting);
            return false;
        }
        try {
            Route route = routing.route();
            return resting == null ? enterWithout(route) : enterPinned(resting, route);
        } finally {
            // Also when this fails.
            if (!behindGate()) {
                passage.leave();
            }
        }
    }

    private boolean enterWithout(Route route) {
        Pool pool = pool(route);
        BackendConnection backend = pool.tryBorrow(owner);
        if (backend == null) {
            // A drain must not wait for a pool.
            passage.leave();
            Waiter waiter = pool.borrow(routing.tenant(), this, owner);
            become(new AwaitingBackend(waiter));
            return false;
        }
        run(backend, pool, route);
        return true;
    }

    private boolean enterPinned(Resting resting, Route route) {
        if (leftBehind(resting, route)) {
            passage.leave();
            endLeftBehind(route);
            return false;
        }
        run(resting.backend(), resting.pool(), route);
        return true;
    }

    /** The session begins with a backend of its own, of the database that the tenant is in now. */
    public void keep(BackendConnection backend) {
        backend.passTo(owner);
        become(new Resting(backend, pool(backend.key()), routing.route()));
    }

    /** Ends the session if it runs no transaction and can begin none. */
    void endIfLeftBehind() {
        Route route = routing.route();
        if (routing.removed() && !(state instanceof Running) && !(state instanceof Ended)) {
            endRemoved();
        } else if (state instanceof Resting resting && leftBehind(resting, route)) {
            endLeftBehind(route);
        }
    }

    private static boolean leftBehind(Resting resting, Route route) {
        PoolKey key = resting.backend().key();
        return !key.cluster().equals(route.cluster())
                || !key.database().equals(route.database())
                || resting.backend().outdated();
    }

    private void endRemoved() {
        owner.end(removal(routing));
    }

    /** The error that ends the sessions of a removed tenant. */
    public static ErrorFields removal(TenantRouting routing) {
        return ErrorFields.fatal(
                "57P01",
                "terminating connection because tenant \"" + routing.tenant() + "\" was removed from the proxy",
                "The proxy's configuration no longer has this tenant. Ask the operator where its database is served.");
    }

    private void endLeftBehind(Route route) {
        owner.end(ErrorFields.fatal(
                "57P01",
                "terminating connection because tenant \"" + route.tenant() + "\" has moved to another "
                        + (state instanceof Resting resting && route.sameDatabase(resting.route())
                                ? "server"
                                : "database"),
                "The session was pinned to its backend connection by "
                        + (owner.pins().pinned()
                                ? String.join(", ", owner.pins().names())
                                : "session mode")
                        + " and could not move. Reconnect."));
    }

    private void run(BackendConnection backend, Pool pool, Route route) {
        become(new Running(backend, pool, route));
        meters.transactions().increment();
        began = routing.timed() ? System.nanoTime() : 0;
    }

    private void waitAtGate(SessionState before) {
        heldSince = System.nanoTime();
        meters.held().increment();
        Gate.Waiting waiting = routing.gate().whenOpen(loop, this::gateOpened);
        become(new AtGate(waiting, before));
    }

    private void gateOpened() {
        if (state instanceof AtGate atGate) {
            meters.gateWait().record(System.nanoTime() - heldSince, TimeUnit.NANOSECONDS);
            become(atGate.before());
            owner.proceed();
        }
    }

    /** A backend has come, while the session waited outside of the gate. Much may have happened there meanwhile. */
    @Override
    public void lent(BackendConnection backend) {
        Pool pool = pool(backend.key());
        if (!(state instanceof AwaitingBackend)) {
            pool.giveBack(backend);
            return;
        }
        if (!passage.tryEnter()) {
            pool.giveBack(backend);
            waitAtGate(Idle.INSTANCE);
            return;
        }
        Route route = routing.route();
        if (pool(route) == pool) {
            run(backend, pool, route);
        } else {
            passage.leave();
            pool.giveBack(backend);
            become(Idle.INSTANCE);
        }
        owner.proceed();
    }

    @Override
    public void refused(ErrorFields error) {
        if (state instanceof AwaitingBackend) {
            become(Idle.INSTANCE);
            if (error.fatal()) {
                owner.end(error);
            } else {
                owner.refuse(error);
            }
        }
    }

    /** Stops waiting at the gate or for a backend. @return whether the session waited */
    boolean stopWaiting() {
        if (state instanceof AwaitingBackend awaiting) {
            awaiting.waiter().withdraw();
            become(Idle.INSTANCE);
            return true;
        }
        if (state instanceof AtGate atGate) {
            atGate.waiting().withdraw();
            become(atGate.before());
            return true;
        }
        return false;
    }

    /**
     * Whether the session should not begin another transaction on the backend it holds: a flip waits, the route has
     * changed, or others wait for a connection.
     */
    boolean mustYield(Running running) {
        return routing.gate().closed()
                || routing.route() != running.route()
                || routing.removed()
                || running.backend().outdated()
                || running.pool().contended();
    }

    /** The transaction is over and nothing is outstanding. */
    void release(boolean pinned) {
        if (state instanceof Running running) {
            if (began != 0) {
                routing.ended(began);
            }
            boolean keeps = pinned || sessionMode();
            become(keeps ? new Resting(running.backend(), running.pool(), running.route()) : Idle.INSTANCE);
            try {
                if (!keeps) {
                    running.pool().giveBack(running.backend());
                }
            } finally {
                passage.leave();
            }
            if (routing.removed() || keeps && running.backend().outdated()) {
                // The client gets what the transaction has answered first.
                loop.execute(this::endIfLeftBehind);
            }
        }
    }

    /**
     * The client has gone. A backend that may still run something stays behind the gate until the server has closed the
     * connection: before that, its transaction could still commit.
     */
    void clientGone() {
        SessionState last = state;
        become(Ended.INSTANCE);
        passage.close();
        if (last instanceof AtGate atGate) {
            atGate.waiting().withdraw();
            last = atGate.before();
        }
        if (last instanceof AwaitingBackend awaiting) {
            awaiting.waiter().withdraw();
        } else if (last instanceof Running running) {
            leaving = running.backend();
            running.backend().whenClosed(passage::leave);
            running.pool().abandon(running.backend());
        } else if (last instanceof Resting resting) {
            if (sessionMode()) {
                resting.pool().reset(resting.backend());
            } else {
                resting.backend().terminate();
            }
        }
    }

    /** Whether something of the session may still run behind the gate. */
    private boolean behindGate() {
        if (state instanceof Running running) {
            return running.backend().open();
        }
        return leaving != null && leaving.open();
    }

    /** Whether the session keeps its backend for as long as it lasts. */
    boolean sessionMode() {
        return routing.policy().poolMode() == PoolMode.SESSION;
    }

    /** The backend connection has gone, and its transaction with it. */
    void backendGone() {
        if (state instanceof Running) {
            passage.leave();
        } else if (state instanceof AtGate atGate) {
            atGate.waiting().withdraw();
        }
        become(Ended.INSTANCE);
        passage.close();
    }

    private Pool pool(Route route) {
        Pool last = lastPool;
        if (last != null
                && last.key().cluster().equals(route.cluster())
                && last.key().database().equals(route.database())
                && last.key().tenant().equals(poolOwner(routing))) {
            return last;
        }
        Pool pool = pools.pool(key(routing, route, user));
        lastPool = pool;
        return pool;
    }

    /** Where the connections are that a user's transactions run on by this route. */
    public static PoolKey key(TenantRouting routing, Route route, String user) {
        return new PoolKey(route.cluster(), route.database(), user, poolOwner(routing));
    }

    /** A tenant with a limit has pools of its own, so that its idle connections count too. */
    private static String poolOwner(TenantRouting routing) {
        return routing.policy().poolSize() > 0 ? routing.tenant() : "";
    }

    private Pool pool(PoolKey key) {
        return pools.pool(key);
    }
}
