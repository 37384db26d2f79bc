// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.gate;

import dev.cutover.proxy.testing.Interleavings;

/** The gate of the proxy. */
final class RealGate implements CountedGate {
    private final Gate gate = new Gate(2);

    @Override
    public boolean tryEnter(int stripe) {
        return gate.tryEnter(stripe);
    }

    @Override
    public void leave(int stripe) {
        gate.leave(stripe);
    }

    @Override
    public void close() {
        gate.close();
    }

    @Override
    public void open() {
        gate.open();
    }

    @Override
    public boolean awaitDrained() throws InterruptedException {
        return gate.awaitDrained(Interleavings.WAIT);
    }

    @Override
    public void whenOpen(Runnable task) {
        gate.whenOpen(Runnable::run, task);
    }

    @Override
    public long inFlight() {
        return gate.inFlight();
    }
}
