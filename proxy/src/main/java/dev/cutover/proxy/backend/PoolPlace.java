package dev.cutover.proxy.backend;

import org.jspecify.annotations.Nullable;

/** Which pool a connection belongs to, and who gets its permit when it closes. */
final class PoolPlace {
    private @Nullable Pool pool;
    private @Nullable Waiter heir;

    /** The connection is in this pool from now on. On the pool's event loop. */
    void enter(Pool entered) {
        pool = entered;
        heir = null;
    }

    /** The connection is on its way to the waiter's event loop, and in no pool. */
    void leaveFor(Waiter next) {
        pool = null;
        heir = next;
    }

    /** The connection closes for this waiter. */
    void bequeath(Waiter next) {
        heir = next;
    }

    /** Null while the connection moves between event loops. */
    @Nullable Pool pool() {
        return pool;
    }

    @Nullable Waiter heir() {
        return heir;
    }
}
