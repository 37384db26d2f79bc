// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssignmentsTest {
    @Test
    void namesTheColumnsThatAreSet() throws Exception {
        assertEquals(
                List.of("a", "B c", "d", "e"),
                Assignments.columns("A = f(x, y), \"B c\" = (SELECT z FROM o WHERE k = 1), d = ARRAY[1, 2],"
                        + " e = (x IS DISTINCT FROM y) -- a; b"));
        assertEquals(List.of("a"), Assignments.columns("a = b IS DISTINCT FROM c"));
        assertEquals(List.of("a"), Assignments.columns("a = 'x; y) , b'"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a = 1,",
                "a = 1 WHERE true",
                "a = 1 FROM other",
                "a = 1 RETURNING a",
                "(a, b) = (1, 2)",
                "t.a = 1",
                "a = 1; DROP TABLE t",
                "a = 1)",
                "a = (1",
                "a[1] = 1",
                "a = 1, 2"
            })
    void anythingElseIsRefused(String set) {
        TransformException refused = assertThrows(TransformException.class, () -> Assignments.columns(set));

        assertTrue(String.valueOf(refused.getMessage()).startsWith("set "), refused::toString);
    }
}
