// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InsertTargetsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "insert into t values (?) | t",
                "INSERT INTO a.T (x) SELECT ? | t",
                "insert into \"T able\" values (?) | T able",
                "with x as (insert into t values (?) returning id) insert into u select id from x | t,u",
                "copy a.t (x, y) from stdin | t",
                "copy t from stdin | t",
                "copy t to stdout | ''",
                "update t set insert = ? | ''",
                "select x from t | ''",
            })
    void namesTheTablesThatGetRows(String sql, String tables) {
        assertEquals(tables.isEmpty() ? List.of() : List.of(tables.split(",")), List.copyOf(InsertTargets.of(sql)));
    }
}
