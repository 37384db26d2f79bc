// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.proxy.crash.Journal.Write;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The judge finds what it is there for: lost writes, and writes that nobody can have made. */
class JournalTest {
    private final Journal journal = new Journal();

    @BeforeEach
    void write() {
        journal.acknowledged(List.of(new Write(1, 10), new Write(2, 11)));
        journal.acknowledged(List.of(new Write(1, 12)));
    }

    @Test
    void whatWasAcknowledgedIsRight() {
        assertEquals(List.of(), journal.judge(Map.of(1, 12L, 2, 11L), Map.of(10L, 1, 11L, 1, 12L, 1)));
    }

    @Test
    void aLostWriteIsFound() {
        assertWrong("key 1 has version 10", Map.of(1, 10L, 2, 11L), Map.of(10L, 1, 11L, 1, 12L, 1));
    }

    @Test
    void aLostRowIsFound() {
        assertWrong("key 2 has version 0", Map.of(1, 12L), Map.of(10L, 1, 11L, 1, 12L, 1));
    }

    @Test
    void aSurplusRowIsFound() {
        assertWrong("key 3 has version 13", Map.of(1, 12L, 2, 11L, 3, 13L), Map.of(10L, 1, 11L, 1, 12L, 1));
    }

    @Test
    void aVersionThatNobodyWroteIsFound() {
        assertWrong("key 2 has version 14", Map.of(1, 12L, 2, 14L), Map.of(10L, 1, 11L, 1, 12L, 1));
    }

    @Test
    void anUnknownWriteMayHaveHappenedOrNot() {
        journal.unknown(List.of(new Write(1, 13)));

        assertEquals(List.of(), journal.judge(Map.of(1, 13L, 2, 11L), Map.of(10L, 1, 11L, 1, 12L, 1, 13L, 1)));
    }

    @Test
    void anUnknownWriteThatDidNotHappenCannotHappenLater() {
        journal.unknown(List.of(new Write(1, 13)));
        journal.judge(Map.of(1, 12L, 2, 11L), Map.of(10L, 1, 11L, 1, 12L, 1));

        assertWrong("key 1 has version 13", Map.of(1, 13L, 2, 11L), Map.of(10L, 1, 11L, 1, 12L, 1));
    }

    @Test
    void anUnknownWriteBeforeAnAcknowledgedOneIsOverwritten() {
        journal.unknown(List.of(new Write(2, 13)));
        journal.acknowledged(List.of(new Write(2, 14)));

        assertWrong("key 2 has version 13", Map.of(1, 12L, 2, 13L), Map.of(10L, 1, 11L, 1, 12L, 1, 14L, 1));
    }

    @Test
    void aLogEntryThatIsLostOrDoubledIsFound() {
        Map<Integer, Long> rows = Map.of(1, 12L, 2, 11L);

        assertWrong("version 10 is in the log 0 times", rows, Map.of(11L, 1, 12L, 1));
        assertWrong("version 12 is in the log 2 times", rows, Map.of(10L, 1, 11L, 1, 12L, 2));
    }

    @Test
    void halfATransactionIsFound() {
        journal.unknown(List.of(new Write(3, 13), new Write(4, 14)));

        assertWrong("[13, 14]", Map.of(1, 12L, 2, 11L, 3, 13L, 4, 14L), Map.of(10L, 1, 11L, 1, 12L, 1, 13L, 1));
    }

    @Test
    void aDeletedRowThatIsBackIsFound() {
        journal.acknowledged(List.of(new Write(2, Journal.ABSENT)));

        assertWrong("key 2 has version 11", Map.of(1, 12L, 2, 11L), Map.of(10L, 1, 11L, 1, 12L, 1));
    }

    private void assertWrong(String expected, Map<Integer, Long> rows, Map<Long, Integer> log) {
        List<String> wrong = journal.judge(rows, log);
        assertTrue(wrong.stream().anyMatch(line -> line.contains(expected)), wrong::toString);
    }
}
