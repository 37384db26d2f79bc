// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.calcite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.cutover.dualwrite.analyze.StatementAnalyzer;
import dev.cutover.dualwrite.analyze.statement.Intent;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One client's text must not stop an event loop: what would cost the parser too much is left to the net. */
class EffortTest {
    private static final int PATTERNS = Effort.MOST_PATTERNS;
    private static final int CHAIN = Effort.LONGEST_CHAIN;
    private static final int PARTS = Effort.MOST_PARTS;

    private static Intent intent(String sql) {
        return new StatementAnalyzer(new CalciteWriteParser())
                .analyze(sql)
                .statements()
                .get(0)
                .intent();
    }

    static Stream<Arguments> dear() {
        String patterns = "more than " + PATTERNS + " times BETWEEN or LIKE";
        String chain = "an expression of more than " + CHAIN + " operators";
        String parts = "more than " + PARTS + " dots or subscripts behind one another";
        return Stream.of(
                // 48 KB of this took minutes.
                arguments("UPDATE t SET a = " + "1 between ".repeat(4_800) + "1", patterns),
                arguments("UPDATE t SET a = 1 WHERE " + "b LIKE c AND ".repeat(PATTERNS + 1) + "true", patterns),
                arguments("UPDATE t SET a = 1 WHERE " + "b ilike c AND ".repeat(PATTERNS + 1) + "true", patterns),
                arguments(
                        "UPDATE t SET a = 1 WHERE " + "b NOT SIMILAR TO c OR ".repeat(PATTERNS + 1) + "true", patterns),
                arguments(
                        "UPDATE t SET a = 1 WHERE " + "(b between 1 and 2) or ".repeat(PATTERNS + 1) + "true",
                        patterns),
                arguments(
                        "DELETE FROM t WHERE coalesce(" + "b between 1 and 2, ".repeat(PATTERNS + 1) + "1)", patterns),
                arguments("UPDATE t SET a = " + "1+".repeat(CHAIN + 1) + "1", chain),
                arguments("UPDATE t SET a = " + "(1) || ".repeat(CHAIN + 1) + "1", chain),
                arguments("DELETE FROM t WHERE " + "b OR ".repeat(CHAIN + 1) + "true", chain),
                arguments("UPDATE t SET a = " + "NOT ".repeat(CHAIN + 1) + "true", chain),
                arguments("UPDATE t SET a = b" + ".c".repeat(PARTS + 1), parts),
                arguments("UPDATE t SET a = b" + "[1]".repeat(PARTS + 1), parts),
                arguments("UPDATE t SET a = b" + "[c]".repeat(PARTS + 1), parts),
                arguments(
                        "UPDATE t SET a = " + "(".repeat(Effort.DEEPEST + 1) + "1" + ")".repeat(Effort.DEEPEST + 1),
                        "more than " + Effort.DEEPEST + " parentheses within one another"));
    }

    @ParameterizedTest
    @MethodSource("dear")
    void whatIsTooDearIsNotParsed(String sql, String reason) {
        assertEquals(new Intent.Opaque(reason), intent(sql));
    }

    @Test
    void whatApplicationsWriteIsParsed() {
        assertParsed("UPDATE t SET a = 1 WHERE " + "b BETWEEN 1 AND 2 OR ".repeat(30) + "c LIKE 'x%'");
        assertParsed("INSERT INTO t VALUES " + "(1, -2, 3 + 4, 'x' || 'y'), ".repeat(2_000) + "(1, -2, 3, 'x')");
        assertParsed("DELETE FROM t WHERE " + "(a = 1 AND b = 2) OR ".repeat(1_000) + "false");
        assertParsed("DELETE FROM t WHERE a IN (" + "1, ".repeat(5_000) + "2)");
        assertParsed("UPDATE t SET " + "a = s.t.a[1], ".repeat(300) + "b = 1 FROM s.t");
        assertParsed("UPDATE t SET a = " + "lower(".repeat(100) + "1" + ")".repeat(100));
    }

    private static void assertParsed(String sql) {
        assertInstanceOf(Intent.Write.class, intent(sql), sql.substring(0, 60));
    }
}
