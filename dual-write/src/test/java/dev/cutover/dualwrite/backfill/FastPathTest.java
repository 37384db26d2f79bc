// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FastPathTest {
    private final FastPath path = new FastPath();

    @Test
    void eachFailureIsFollowedByTwiceAsManyCarefulChunks() {
        assertEquals(List.of(0, 1, 2, 4, 8), chunksBeforeEachOf(5));
    }

    @Test
    void whatComesThroughShortensTheNextWait() {
        chunksBeforeEachOf(4);
        path.open();
        path.passed();
        path.passed();

        path.failed();

        assertEquals(4, carefulChunks());
    }

    @Test
    void howeverOftenItFailsItIsTriedAgain() {
        List<Integer> waits = chunksBeforeEachOf(20);

        assertEquals(256, waits.get(waits.size() - 1));
    }

    private List<Integer> chunksBeforeEachOf(int failures) {
        List<Integer> waits = new ArrayList<>();
        for (int i = 0; i < failures; i++) {
            waits.add(carefulChunks());
            path.failed();
        }
        return waits;
    }

    private int carefulChunks() {
        int chunks = 0;
        while (!path.open()) {
            chunks++;
        }
        return chunks;
    }
}
