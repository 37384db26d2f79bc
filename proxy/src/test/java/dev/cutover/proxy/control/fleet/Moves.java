// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

/** The steps out of one state, as the parts of the model make them. */
final class Moves {
    private final Visitor visitor;
    private FleetState now;
    private final FleetState next;
    private boolean quiet;

    /** Receives each step. It may read the state until it returns. */
    interface Visitor {
        /**
         * Takes a step.
         *
         * @param violation what the step has broken; empty if nothing
         */
        void step(Step step, int proxy, FleetState next, String violation);
    }

    Moves(FleetState start, FleetState next, Visitor visitor) {
        this.visitor = visitor;
        this.now = start;
        this.next = next;
    }

    void from(FleetState state) {
        now = state;
        quiet = true;
    }

    FleetState now() {
        return now;
    }

    /** A copy of the present state, to be changed and given to {@link #made}. */
    FleetState next() {
        next.copyFrom(now);
        return next;
    }

    void made(Step step, int proxy) {
        made(step, proxy, "");
    }

    void made(Step step, int proxy, String violation) {
        if (step.kind == Step.Kind.PROTOCOL) {
            quiet = false;
        }
        next.catchUp();
        visitor.step(step, proxy, next, violation.isEmpty() ? Invariants.broken(next) : violation);
    }

    /** Whether the protocol had no step out of the present state. */
    boolean quiet() {
        return quiet;
    }
}
