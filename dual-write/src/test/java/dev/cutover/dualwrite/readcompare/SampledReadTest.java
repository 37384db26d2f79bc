// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.readcompare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.cutover.dualwrite.readcompare.SampledRead.Parameter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SampledReadTest {
    @Test
    void constantsStandInThePlacesOfParameters() {
        SampledRead read = new SampledRead(
                "SELECT '$1', a ? 'b' FROM t WHERE a = $1 AND b = $2 AND c = $3 AND d < $4 -- $1",
                List.of(
                        new Parameter("it's", 0),
                        new Parameter("back\\slash'", 25),
                        new Parameter(null, 23),
                        new Parameter("-5", 20)),
                "app");

        assertEquals(
                "SELECT '$1', a ? 'b' FROM t WHERE a = 'it''s' AND b = (E'back\\\\slash'''::text) AND c = (NULL::integer)"
                        + " AND d < ('-5'::bigint) -- $1",
                read.comparable().sql());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SHOW search_path",
                "EXPLAIN SELECT 1",
                "COPY t TO STDOUT",
                "SELECT * FROM pg_class",
                "SELECT * FROM information_schema.tables",
                "SELECT ctid FROM t",
                "SELECT 't'::regclass"
            })
    void whatDiffersBetweenAnyTwoSidesIsNotCompared(String sql) {
        assertNotEquals("", new SampledRead(sql, List.of(), "app").comparable().doubt());
    }
}
