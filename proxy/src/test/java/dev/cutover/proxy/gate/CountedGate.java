// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.gate;

/** What a scenario does with a gate: the real one, or one with a planted mistake. */
interface CountedGate {
    boolean tryEnter(int stripe);

    void leave(int stripe);

    void close();

    void open();

    /** Blocks until nobody is inside. */
    boolean awaitDrained() throws InterruptedException;

    /** Runs the task once the gate is open. */
    void whenOpen(Runnable task);

    long inFlight();
}
