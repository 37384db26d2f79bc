// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.gate;

import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * One session's way through the counter. The gate counts it while the session is inside, and can ask whether that is so. All but
 * {@link #inside} on the session's event loop.
 */
public final class Passage {
    private final Counter counter;
    private final int stripe;
    private final Executor loop;
    private final BooleanSupplier justified;
    private volatile boolean inside;
    private boolean closed;

    /** The gate, as a passage needs it. */
    interface Counter {
        boolean tryEnter(int stripe);

        void leave(int stripe);

        /** Called once, when the session has ended and nothing of it is inside. */
        void forget(Passage passage);
    }

    /** @param justified whether something of the session may still run behind the gate; asked on the event loop */
    Passage(Counter counter, int stripe, Executor loop, BooleanSupplier justified) {
        this.counter = counter;
        this.stripe = stripe;
        this.loop = loop;
        this.justified = justified;
    }

    /** Enters unless the gate is closed. */
    public boolean tryEnter() {
        boolean entered = counter.tryEnter(stripe);
        inside |= entered;
        return entered;
    }

    /** Leaves, if it is inside. */
    public void leave() {
        if (inside) {
            inside = false;
            counter.leave(stripe);
        }
        if (closed) {
            counter.forget(this);
        }
    }

    /** The session has ended. What it runs may still be inside. */
    public void close() {
        closed = true;
        if (!inside) {
            counter.forget(this);
        }
    }

    boolean inside() {
        return inside;
    }

    Executor loop() {
        return loop;
    }

    /** Whether it is inside although nothing of the session runs: a failure has kept it from leaving. */
    boolean stale() {
        return inside && !justified.getAsBoolean();
    }
}
