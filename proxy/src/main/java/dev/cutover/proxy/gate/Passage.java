package dev.cutover.proxy.gate;

import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * One session's way through the gate. The gate counts it while the session is inside, and can ask whether that is so. All but
 * {@link #inside} on the session's event loop.
 */
public final class Passage {
    private final Gate gate;
    private final int stripe;
    private final Executor loop;
    private final BooleanSupplier justified;
    private volatile boolean inside;
    private boolean closed;

    /** @param justified whether something of the session may still run behind the gate; asked on the event loop */
    Passage(Gate gate, int stripe, Executor loop, BooleanSupplier justified) {
        this.gate = gate;
        this.stripe = stripe;
        this.loop = loop;
        this.justified = justified;
    }

    /** Enters unless the gate is closed. */
    public boolean tryEnter() {
        boolean entered = gate.tryEnter(stripe);
        inside |= entered;
        return entered;
    }

    /** Leaves, if it is inside. */
    public void leave() {
        if (inside) {
            inside = false;
            gate.leave(stripe);
        }
        if (closed) {
            gate.forget(this);
        }
    }

    /** The session has ended. What it runs may still be inside. */
    public void close() {
        closed = true;
        if (!inside) {
            gate.forget(this);
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
