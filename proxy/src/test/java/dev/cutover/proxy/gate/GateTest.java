// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GateTest {
    private final Gate gate = new Gate(2);
    private final List<String> released = new ArrayList<>();

    @Test
    void aClosedGateLetsNobodyIn() {
        gate.close();
        assertFalse(gate.tryEnter(0));
        assertEquals(0, gate.inFlight());
    }

    @Test
    void waitersGoInTheOrderInWhichTheyCame() {
        gate.close();
        gate.whenOpen(Runnable::run, () -> released.add("first"));
        gate.whenOpen(Runnable::run, () -> released.add("second"));
        gate.open();
        assertEquals(List.of("first", "second"), released);
    }

    @Test
    void aWaiterThatWithdrewIsNotCalled() {
        gate.close();
        Gate.Waiting waiting = gate.whenOpen(Runnable::run, () -> released.add("gone"));
        waiting.withdraw();
        gate.open();
        assertEquals(List.of(), released);
    }

    @Test
    void anOpenGateDoesNotKeepWaitersWaiting() {
        gate.whenOpen(Runnable::run, () -> released.add("at once"));
        assertEquals(List.of("at once"), released);
    }

    @Test
    void theDrainTimesOutWhileATransactionRuns() throws InterruptedException {
        assertTrue(gate.tryEnter(5));
        gate.close();
        assertFalse(gate.awaitDrained(Duration.ofMillis(1)));
        gate.leave(5);
        assertTrue(gate.awaitDrained(Duration.ofMillis(1)));
    }

    @Test
    void aDrainDoesNotWaitForASessionThatRunsNothing() throws InterruptedException {
        Passage failed = gate.passage(0, Runnable::run, () -> false);
        assertTrue(failed.tryEnter());
        gate.close();
        assertTrue(gate.awaitDrained(Duration.ofMillis(1)));
        failed.leave();
        assertEquals(0, gate.inFlight());
    }

    @Test
    void aDrainWaitsForWhatASessionHasLeftBehind() throws InterruptedException {
        Passage ended = gate.passage(0, Runnable::run, () -> true);
        assertTrue(ended.tryEnter());
        ended.close();
        gate.close();
        assertFalse(gate.awaitDrained(Duration.ofMillis(1)));
        ended.leave();
        assertTrue(gate.awaitDrained(Duration.ofMillis(1)));
    }

    @Test
    void sessionsThatRunNothingAreCountedBeforeTheyAreReconciled() {
        gate.passage(0, Runnable::run, () -> false).tryEnter();
        gate.passage(1, Runnable::run, () -> true).tryEnter();
        assertEquals(1, gate.stale().join());
        assertEquals(2, gate.inFlight());
        assertEquals(1, gate.reconcile().join());
        assertEquals(0, gate.stale().join());
        assertEquals(1, gate.inFlight());
    }
}
