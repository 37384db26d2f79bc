// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaInCodeTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "UPDATE v1.t SET n = 1|true",
                "UPDATE \"v1\" . t SET n = 1|true",
                "EXECUTE 'DELETE FROM v1.t'|true",
                "EXECUTE format('DELETE FROM %I.t', 'v1')|true",
                "EXECUTE 'DO $a$ BEGIN PERFORM ''v1.f()''; END $a$'|true",
                "PERFORM set_config('search_path', 'v1, public', true)|true",
                "SELECT v1 FROM t|false",
                "SELECT x.v1.t|false",
                "SELECT 'version v1 of it' /* v1.t */ -- v1.t|false",
                "UPDATE \"V1\".t SET n = 1|false",
                "UPDATE xv1.t SET n = 1|false"
            })
    void aNameCountsWhereItMayBecomeASchema(String code, boolean named) {
        assertEquals(named, SchemaInCode.names(code, "v1"));
    }

    /** Any role may write such a function, and the check of another tenant reads it. */
    @Test
    void stringsOfAnyDepthAreRead() {
        StringBuilder code = new StringBuilder();
        int levels = 50_000;
        for (int i = 0; i < levels; i++) {
            code.append("$t").append(i).append("$ ");
        }
        for (int i = levels - 1; i >= 0; i--) {
            code.append(" $t").append(i).append('$');
        }

        assertTrue(SchemaInCode.names(code.toString(), "v1"));
    }
}
