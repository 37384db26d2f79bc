// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class FingerprintsTest {
    private final Fallback fallback = new Fallback();
    private final Fingerprints fingerprints = new Fingerprints();
    private final StatementPlanner planner = Planners.mirroring(Fixture.PLAN, fallback, fingerprints);

    @Test
    void countsByOutcomeWhateverTheValues() {
        send("UPDATE accounts SET balance = 1", true);
        send("UPDATE accounts SET balance = 2", true);
        send("UPDATE accounts SET balance = 3", false);
        send("DO 'x'", true);
        send("DROP TABLE accounts", true);
        fallback.begin("accounts", "23514: no");
        send("UPDATE accounts SET balance = 4", true);

        assertEquals(
                List.of(
                        "update accounts set balance = ?: 2 1 1 0 the session's isolation level, role or search_path",
                        "do ?: 0 0 1 0 DO",
                        "drop table accounts: 0 0 0 1 DROP TABLE: table \"accounts\" of tenant \"acme\" cannot be changed"
                                + " while its writes are mirrored"),
                fingerprints.seen().stream()
                        .map(seen -> seen.statement() + ": " + seen.inline() + " " + seen.marked() + " " + seen.net()
                                + " " + seen.refused() + " " + seen.reason())
                        .toList());
    }

    @Test
    void readsAndWritesOfOtherTablesAreNotCounted() {
        assertNull(planner.plan("SELECT 1").executions());
        assertNull(planner.plan("INSERT INTO elsewhere VALUES (1)").executions());
        planner.plan("UPDATE accounts SET balance = 1");
        assertEquals(List.of(), fingerprints.seen(), "planned, but not sent");
    }

    @Test
    void theLeastUsedGoWhenThereAreTooMany() {
        for (int i = 0; i < 10; i++) {
            send("UPDATE accounts SET balance = 1", true);
        }
        for (int i = 0; i < Fingerprints.MOST + 100; i++) {
            send("UPDATE accounts SET balance = balance RETURNING id AS c" + i, true);
        }

        assertEquals(Fingerprints.MOST, fingerprints.seen().size());
        assertEquals(
                "update accounts set balance = ?", fingerprints.seen().get(0).statement());
        assertTrue(fingerprints.seen().get(0).inline() == 10);
    }

    private void send(String sql, boolean asPlanned) {
        planner.plan(sql).sending(asPlanned);
    }
}
