// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.readcompare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.readcompare.ReadComparer.Comparison;
import org.junit.jupiter.api.Test;

class ReadCountsTest {
    private final ReadCounts counts = new ReadCounts();

    @Test
    void countsByFingerprint() {
        counts.count("SELECT a FROM t WHERE id = 1", new Comparison(new Verdict.Equal(), 10, 20));
        counts.count("SELECT b FROM t", new Comparison(new Verdict.Different("first"), 10, 10));
        counts.count("SELECT b FROM t", new Comparison(new Verdict.Different("second"), 10, 10));
        counts.count("SELECT a FROM t WHERE id = 2", Comparison.incomparable("why"));

        assertEquals(
                "[Compared[statement=select b from t, equal=0, different=2, incomparable=0, difference=first, doubt=, timed=2,"
                        + " servingNanos=20, idleNanos=20], Compared[statement=select a from t where id = ?, equal=1,"
                        + " different=0, incomparable=1, difference=, doubt=why, timed=1, servingNanos=10, idleNanos=20]]",
                counts.compared().toString());
    }

    @Test
    void whatTakesThreeTimesAsLongIsSaidFromTwentyRunsOn() {
        for (int i = 0; i < 19; i++) {
            counts.count("SELECT 1", new Comparison(new Verdict.Equal(), 10, 35));
        }
        assertEquals(0, counts.compared().get(0).slower());

        counts.count("SELECT 1", new Comparison(new Verdict.Equal(), 10, 35));

        assertEquals(3.5, counts.compared().get(0).slower());
    }

    @Test
    void aDifferenceIsNotForgottenWhereThereAreTooMany() {
        counts.count("SELECT b FROM t", new Comparison(new Verdict.Different("x"), 10, 10));
        for (int i = 0; i < ReadCounts.MOST + 50; i++) {
            counts.count("SELECT 1 AS c" + i, new Comparison(new Verdict.Equal(), 10, 10));
        }

        assertEquals(ReadCounts.MOST, counts.compared().size());
        assertTrue(counts.compared().get(0).different() == 1);
    }
}
