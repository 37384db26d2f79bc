// SPDX-License-Identifier: Apache-2.0
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
 * Idle            -> AtGate, AwaitingBackend, Running, Resting
 * AtGate          -> Idle, Resting
 * AwaitingBackend -> AtGate, Running, Idle
 * Running         -> Idle, Resting
 * Resting         -> AtGate, Running
 * each            -> Ended
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

    /** Whether a session in this state may come into the other one: the arrows above. */
    default boolean leadsTo(SessionState next) {
        if (next instanceof Ended) {
            return true;
        }
        if (this instanceof Idle) {
            return !(next instanceof Idle);
        }
        if (this instanceof AtGate || this instanceof Running) {
            return next instanceof Idle || next instanceof Resting;
        }
        if (this instanceof AwaitingBackend) {
            return next instanceof AtGate || next instanceof Running || next instanceof Idle;
        }
        return this instanceof Resting && (next instanceof AtGate || next instanceof Running);
    }
}
