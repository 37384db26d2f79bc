// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.analyze.Script;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Unchanged;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MirroringPlannerTest {
    private final StatementPlanner planner = Planners.mirroring(Fixture.PLAN);

    static Stream<Script.Case> script() {
        return Script.read(MirroringPlannerTest.class, "rewrites.txt");
    }

    @ParameterizedTest
    @MethodSource("script")
    void plansWhatBecomesOfAText(Script.Case line) {
        String explained = planner.plan(line.text()).explain();
        List<String> rewrite = explained
                .lines()
                .filter(found -> !found.startsWith("intent: ") && !found.startsWith("session keeps: "))
                .toList();
        assertEquals(line.expected(), rewrite);
    }

    static Stream<Script.Case> deferredScript() {
        return Script.read(MirroringPlannerTest.class, "deferred-rewrites.txt");
    }

    @ParameterizedTest
    @MethodSource("deferredScript")
    void plansWhatBecomesOfATextWhenMirroringIsDeferred(Script.Case line) {
        String explained =
                Planners.mirroring(Fixture.DEFERRED).plan(line.text()).explain();
        assertEquals(
                line.expected(),
                explained.lines().filter(found -> !found.startsWith("intent: ")).toList());
    }

    @Test
    void theClientsTextBeginsBehindThePrefix() {
        String sql = "/* app */ UPDATE accounts SET balance = 0 -- all";
        Mirrored mirrored = assertInstanceOf(Mirrored.class, planner.plan(sql).rewrite());
        assertTrue(mirrored.sql().startsWith("/* app */ UPDATE accounts SET balance = 0\n", mirrored.prefixLength()));
    }

    @Test
    void everyPieceOfTheClientsTextIsFoundAgain() {
        String sql = "UPDATE accounts AS a SET balance = 0 RETURNING a.balance + 1 AS more, *, upper('x')";
        for (StatementPlanner each : List.of(planner, Planners.mirroring(Fixture.DEFERRED))) {
            Mirrored mirrored = assertInstanceOf(Mirrored.class, each.plan(sql).rewrite());
            assertEquals(3, mirrored.pieces().size());
            for (String part : List.of("UPDATE", "balance = 0", "a.balance + 1", "upper('x')")) {
                assertEquals(
                        sql.indexOf(part), mirrored.clientIndex(mirrored.sql().indexOf(part)), part);
            }
            assertEquals(-1, mirrored.clientIndex(mirrored.sql().indexOf("cutover_w")));
            assertEquals(-1, mirrored.clientIndex(mirrored.sql().indexOf("cutover_c1")));
        }
    }

    @Test
    void aTextIsPlannedOnce() {
        assertSame(planner.plan("DELETE FROM accounts"), planner.plan("DELETE FROM accounts"));
    }

    @Test
    void aTextThatComesAgainTakesNoMemory() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        int times = 10_000;
        for (StatementPlanner each : List.of(planner, Planners.unmirrored())) {
            for (int i = 0; i < times; i++) {
                each.plan("DELETE FROM accounts");
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < times; i++) {
                each.plan("DELETE FROM accounts");
            }
            long bytes = (threads.getCurrentThreadAllocatedBytes() - before) / times;
            assertTrue(bytes < 8, bytes + " bytes each, and the smallest object has 16");
        }
    }

    @Test
    void aVeryLongWriteIsLeftToTheNet() {
        String sql = "INSERT INTO members VALUES " + "(1, 'x'), ".repeat(7000) + "(2, 'y')";
        assertEquals(
                new Unchanged("a write longer than 65536 characters"),
                planner.plan(sql).rewrite());
    }

    @Test
    void nothingIsMirroredWithoutAPlan() {
        StatementPlan plan = Planners.unmirrored().plan("DROP TABLE accounts");
        assertEquals(Unchanged.NOTHING_TO_MIRROR, plan.rewrite());
    }
}
