package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.Pool;
import dev.cutover.proxy.backend.Waiter;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.route.Route;

/**
 * Where a session stands between its client and a backend.
 *
 * <pre>
 * Idle ----> AtGate, AwaitingBackend ----> Running ----> Idle
 *                                          ^     |
 * Resting ---------> AtGate ---------------+     +-----> Resting   (pinned, or in session mode: keeps its backend outside of the gate)
 *
 * A session of session mode begins as Resting.
 *
 * every state ----> Ended
 * </pre>
 *
 * Only a running session has passed the gate, so there is one way in and two ways out: giving the backend back, and the
 * end of the backend connection.
 */
sealed interface SessionState {
    /** No transaction, no backend. */
    record Idle() implements SessionState {
        static final Idle INSTANCE = new Idle();
    }

    /** A transaction is held until the gate opens. */
    record AtGate(Gate.Waiting waiting, SessionState before) implements SessionState {}

    /** A transaction waits for a backend, outside of the gate: a drain must not wait for a pool. */
    record AwaitingBackend(Waiter waiter) implements SessionState {}

    /** Behind the gate with a backend. */
    record Running(BackendConnection backend, Pool pool, Route route) implements SessionState {}

    /** Pinned or in session mode, between two transactions. */
    record Resting(BackendConnection backend, Pool pool, Route route) implements SessionState {}

    record Ended() implements SessionState {
        static final Ended INSTANCE = new Ended();
    }
}
