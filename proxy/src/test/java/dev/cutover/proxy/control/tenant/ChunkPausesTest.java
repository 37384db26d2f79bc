// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.proxy.route.Latencies.View;
import org.junit.jupiter.api.Test;

class ChunkPausesTest {
    private static final double ALLOWED = 1.5;

    private final ChunkPauses rests = new ChunkPauses();

    @Test
    void withoutClientsThereAreNone() {
        rests.beside(false);

        assertEquals(0, rests.now());
        assertFalse(rests.look(new View(0, 0, 1), ALLOWED));
        assertEquals(0, rests.now());
    }

    @Test
    void besideClientsTheFirstAreLongAndSoonOverIfTheyAreWell() {
        rests.beside(true);
        double first = rests.now();

        int looks = 0;
        while (rests.now() > 0) {
            assertFalse(look(1.1));
            looks++;
        }

        assertTrue(first > 10, first + " times");
        assertTrue(looks < 10, looks + " looks");
    }

    @Test
    void chunksAreGentleAsLongAsThereAreClients() {
        rests.beside(true);
        while (rests.now() > 0) {
            look(1);
        }

        assertTrue(rests.gentle());
        rests.look(new View(10, 500, 1), ALLOWED);
        assertFalse(rests.gentle());
    }

    @Test
    void clientsThatSufferMakeThemLongerAndTheyShrinkSlowlyThen() {
        rests.beside(true);
        double first = rests.now();

        assertTrue(look(1.6));
        double longer = rests.now();
        assertFalse(look(1.1));

        assertTrue(longer > first);
        assertTrue(rests.now() > first && rests.now() < longer, rests.now() + " times");
    }

    @Test
    void whatIsAllowedIsNotReached() {
        rests.beside(true);

        assertTrue(look(1.4));
    }

    @Test
    void theWorkGetsOnWhateverClientsFeel() {
        rests.beside(true);

        for (int i = 0; i < 100; i++) {
            look(50);
        }

        assertTrue(rests.now() < 100, rests.now() + " times");
    }

    @Test
    void whereClientsHaveBegunSinceTheyComeToo() {
        rests.beside(false);

        assertTrue(look(3));

        assertTrue(rests.now() > 0);
    }

    @Test
    void withoutABoundThereAreNone() {
        rests.beside(true);

        for (int i = 0; i < 10; i++) {
            assertFalse(rests.look(new View(1_000, 1_000, 50), 0));
        }

        assertEquals(0, rests.now());
    }

    private boolean look(double slowdown) {
        return rests.look(new View(1_000, 500, slowdown), ALLOWED);
    }
}
