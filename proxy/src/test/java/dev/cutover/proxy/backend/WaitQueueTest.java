// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitQueueTest {
    private final WaitQueue<String> queue = new WaitQueue<>();

    @Test
    void tenantsTakeTurnsAndEachKeepsItsOrder() {
        add("a1", "a2", "a3", "b1", "a4", "c1", "b2");

        assertEquals(List.of("a1", "b1", "c1", "a2", "b2", "a3", "a4"), serveAll());
    }

    @Test
    void whoComesLateWaitsOneRoundAtMost() {
        add("a1", "a2", "a3", "b1", "b2", "b3");
        serveFirst();
        add("c1");

        assertEquals(List.of("b1", "a2", "c1", "b2", "a3", "b3"), serveAll());
    }

    @Test
    void whoDoesNotFitIsPassedOverAndKeepsItsPlace() {
        add("a1", "b1", "c1");

        String chosen = queue.first(waiter -> !waiter.startsWith("a"));

        assertEquals("b1", chosen);
        queue.serve("b", "b1");
        assertEquals(List.of("a1", "c1"), serveAll());
    }

    @Test
    void whoHasLeftIsNotServed() {
        add("a1", "a2", "b1");
        queue.remove("a", "a1");
        queue.remove("b", "b1");

        assertEquals(List.of("a2"), serveAll());
        assertEquals(0, queue.size());
        assertNull(queue.first(waiter -> true));
    }

    private void add(String... waiters) {
        for (String waiter : waiters) {
            queue.add(waiter.substring(0, 1), waiter);
        }
    }

    private String serveFirst() {
        String first = String.valueOf(queue.first(waiter -> true));
        queue.serve(first.substring(0, 1), first);
        return first;
    }

    private List<String> serveAll() {
        List<String> served = new ArrayList<>();
        while (queue.size() > 0) {
            served.add(serveFirst());
        }
        return served;
    }
}
