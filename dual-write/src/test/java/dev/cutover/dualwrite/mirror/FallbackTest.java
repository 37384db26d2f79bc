// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FallbackTest {
    private static final String WRITE = "UPDATE accounts SET balance = 0";
    private static final String OTHER_TABLE = "INSERT INTO members VALUES (1, 'a')";

    private long now;
    private final Fallback fallback = new Fallback(() -> now);
    private final StatementPlanner planner = Planners.mirroring(Fixture.PLAN, fallback, new Fingerprints());

    @Test
    void aTableInFallbackMarksAndOthersGoOnWritingBothSides() {
        Mirrored before = mirrored(WRITE);

        assertTrue(fallback.begin("accounts", "23514: no"));

        Mirrored during = mirrored(WRITE);
        assertEquals("accounts", before.idle().table());
        assertNull(during.idle());
        assertTrue(during.sql().contains("INSERT INTO cutover.mark_"), during::sql);
        assertEquals(planner.marking(WRITE), during);
        assertEquals("members", mirrored(OTHER_TABLE).idle().table());
        assertFalse(fallback.begin("accounts", "23514: again"));
    }

    @Test
    void aPlanTellsWhetherItStillHolds() {
        StatementPlan before = planner.plan(WRITE);
        assertSame(planner.generation(), before.generation());

        fallback.begin("accounts", "23514: no");

        assertNotSame(planner.generation(), before.generation());
        assertSame(planner.generation(), planner.plan(WRITE).generation());
        assertSame(planner.plan(WRITE), planner.plan(WRITE));
    }

    @Test
    void itLastsWhileTheLedgerHasARowAndALittleLonger() {
        fallback.begin("accounts", "23514: no");
        pass(Duration.ofSeconds(4));
        fallback.look(Set.of("accounts"));
        pass(Duration.ofSeconds(4));
        fallback.look(Set.of());
        assertEquals(Set.of("accounts"), fallback.marking());

        pass(Duration.ofSeconds(1));
        fallback.look(Set.of());

        assertEquals(Set.of(), fallback.marking());
        assertEquals("accounts", mirrored(WRITE).idle().table());
    }

    @Test
    void eachTimeItLastsLonger() {
        for (int seconds : new int[] {5, 10, 20, 40, 80, 160, 320, 600, 600}) {
            fallback.begin("accounts", "23514: no");
            pass(Duration.ofSeconds(seconds).minusNanos(1));
            fallback.look(Set.of());
            assertEquals(Set.of("accounts"), fallback.marking(), () -> "shorter than " + seconds);
            pass(Duration.ofNanos(1));
            fallback.look(Set.of());
            assertEquals(Set.of(), fallback.marking(), () -> "longer than " + seconds);
        }
    }

    @Test
    void aRefusedRowOfTheLedgerIsEnough() {
        fallback.look(Set.of("members"));

        assertNull(mirrored(OTHER_TABLE).idle());
        assertEquals(
                List.of("members"),
                fallback.entries().stream().map(Fallback.Entry::table).toList());
    }

    @Test
    void whoeverMendedTheCauseEndsItAtOnce() {
        fallback.begin("accounts", "23514: no");
        fallback.begin("members", "23514: no");

        fallback.endExcept(Set.of("members"));

        assertEquals(Set.of("members"), fallback.marking());
    }

    @Test
    void aSuspicionThatNoRefusedRowConfirmsIsNotRaisedAgain() {
        fallback.suspect("accounts", "P0001", "P0001: no");
        assertEquals(Set.of("accounts"), fallback.marking());
        pass(Duration.ofSeconds(5));
        fallback.look(Set.of());

        fallback.suspect("accounts", "P0001", "P0001: no");
        assertEquals(Set.of(), fallback.marking());
        fallback.suspect("accounts", "22003", "22003: another");
        assertEquals(Set.of("accounts"), fallback.marking());
    }

    @Test
    void aSuspicionThatARefusedRowConfirmsIsRaisedAgain() {
        fallback.suspect("accounts", "P0001", "P0001: no");
        fallback.look(Set.of("accounts"));
        pass(Duration.ofSeconds(5));
        fallback.look(Set.of());

        fallback.suspect("accounts", "P0001", "P0001: no");

        assertEquals(Set.of("accounts"), fallback.marking());
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private Mirrored mirrored(String sql) {
        return assertInstanceOf(Mirrored.class, planner.plan(sql).rewrite());
    }
}
