// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.schedule;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** When a tenant's next turn is. */
final class ScheduledTenant {
    private final ResyncTurns turns;
    private State state = State.WAITS;
    private final LongSupplier clock;
    private long nanos;

    /** @param clock as {@link System#nanoTime} */
    ScheduledTenant(ResyncTurns turns, LongSupplier clock) {
        this.turns = turns;
        this.clock = clock;
        this.nanos = clock.getAsLong();
    }

    private enum State {
        /** Until a mark is seen. */
        IDLE,
        /** Until a time. */
        WAITS,
        /** For a worker, or has one. */
        BUSY,
        REMOVED
    }

    ResyncTurns turns() {
        return turns;
    }

    synchronized boolean idle() {
        return state == State.IDLE;
    }

    /** Ends the wait for a mark. @return whether it was idle */
    synchronized boolean wake() {
        if (state != State.IDLE) {
            return false;
        }
        state = State.WAITS;
        nanos = clock.getAsLong();
        turns.marked();
        return true;
    }

    /** Takes the turn if its time has come. @return whether the caller has to run it */
    synchronized boolean begin() {
        if (state != State.WAITS || clock.getAsLong() - nanos < 0) {
            return false;
        }
        state = State.BUSY;
        return true;
    }

    /** @param pauseMillis as {@link ResyncTurns#turn} has answered */
    synchronized void ended(long pauseMillis) {
        if (state == State.BUSY) {
            state = pauseMillis == ResyncTurns.UNTIL_MARKED ? State.IDLE : State.WAITS;
            nanos = clock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, pauseMillis));
        }
    }

    /** No turn begins after this; one may be running. */
    synchronized void remove() {
        state = State.REMOVED;
    }

    synchronized boolean removed() {
        return state == State.REMOVED;
    }

    /** How long until its time has come; the longest time if nobody knows. */
    synchronized long nanosLeft() {
        return state == State.WAITS ? nanos - clock.getAsLong() : Long.MAX_VALUE;
    }
}
