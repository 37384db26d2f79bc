// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class CycleTest {
    private final Cycle cycle = new Cycle();

    @Test
    void theFirstMessageBehindABoundaryIsTheFirstOfItsCycle() {
        cycle.requestBegins();
        assertTrue(cycle.atFirst());
        assertFalse(cycle.atBoundary());
        cycle.requestSent();
        cycle.requestBegins();
        assertFalse(cycle.atFirst());
    }

    @Test
    void aMessageThatWaitsIsStillTheFirstWhenItComesAgain() {
        cycle.requestBegins();
        cycle.requestWaits(true);
        assertTrue(cycle.atBoundary());
        cycle.requestBegins();
        assertTrue(cycle.atFirst());
    }

    @Test
    void theNumberGrowsWithEachSync() {
        cycle.ends();
        assertEquals(0, cycle.number());
        cycle.synced();
        assertEquals(1, cycle.number());
        assertTrue(cycle.atBoundary());
    }

    @Test
    void aCycleOfOneBindAndOneExecuteRanOneStatement() {
        assertTrue(cycle.binding());
        cycle.executing();
        assertFalse(cycle.lastRanOne());
        cycle.synced();
        assertTrue(cycle.lastRanOne());
    }

    @Test
    void aCycleOfTwoBindsRanMore() {
        cycle.binding();
        assertFalse(cycle.binding());
        cycle.executing();
        cycle.synced();
        assertFalse(cycle.lastRanOne());
    }

    @Test
    void theLastCycleIsNotTheLastOnceTheNextOneRuns() {
        cycle.binding();
        cycle.executing();
        cycle.synced();
        cycle.binding();
        assertFalse(cycle.lastRanOne());
        cycle.synced();
        assertFalse(cycle.lastRanOne());
    }
}
