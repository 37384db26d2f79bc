// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlGatesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "select count(*) from t where a = ';'",
                "WITH a AS (SELECT 1) TABLE a;",
                "VALUES (1)",
                "/* ; */ TABLE t -- ;"
            })
    void aQueryMayBeAGate(String text) {
        assertNull(SqlGates.problem(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1; SELECT 2", "SELECT 1; COMMIT; DROP TABLE t", "SELECT 1;;"})
    void severalStatementsMayNot(String text) {
        assertEquals("must be one query; it holds a semicolon", SqlGates.problem(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELETE FROM t", "COMMIT", "", "-- nothing", "SET x = 1"})
    void whatIsNoQueryMayNot(String text) {
        assertEquals("must be a query: SELECT, WITH, VALUES or TABLE", SqlGates.problem(text));
    }
}
