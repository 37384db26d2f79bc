// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementKindTest {
    private final StatementPlanner mirroring = Planners.mirroring(Fixture.PLAN);
    private final StatementPlanner unmirrored = Planners.unmirrored();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SELECT 1 | READ",
                "SELECT place_order(1) | READ",
                "/* a */ insert into members VALUES (1, 'a') | INSERT",
                "UPDATE accounts SET id = 1 | UPDATE",
                "DELETE FROM elsewhere | DELETE",
                "TRUNCATE accounts | TRUNCATE",
                "COPY accounts FROM STDIN | COPY",
                "DO 'x' | PROCEDURE",
                "CREATE INDEX ON accounts (id) | DDL",
                "BEGIN | TRANSACTION",
                "SET timezone TO 'UTC' | SETTING",
                "INSERT INTO members VALUES (1, 'a'); SELECT 1 | SEVERAL",
                "LISTEN x | OTHER",
                "; | OTHER"
            })
    void isTheSameWhetherOrNotItIsMirrored(String sql, StatementKind kind) {
        assertEquals(kind, mirroring.plan(sql).kind());
        assertEquals(kind, unmirrored.plan(sql).kind());
    }
}
