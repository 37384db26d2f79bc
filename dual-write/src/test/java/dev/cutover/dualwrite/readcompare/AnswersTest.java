// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.readcompare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswersTest {
    /** Columns a and b; rows are separated by spaces, values by commas. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SELECT a, b FROM t | 1,x 2,y | 2,y 1,x | equal",
                "SELECT a, b FROM t | 1,x 1,x | 1,x 2,y | row 2 (1, x) is not there on the idle side",
                "SELECT a, b FROM t | 1,x | 1,x 2,y | 1 rows on the serving side, 2 on the idle side",
                "SELECT a, b FROM t ORDER BY a | 1,x 2,y | 2,y 1,x | row 1 (1, x) is another one on the idle side (2, y)",
                "SELECT t.a, b FROM t ORDER BY t.a DESC NULLS LAST | 1,x 2,y | 2,y 1,x"
                        + " | row 1 (1, x) is another one on the idle side (2, y)",
                "SELECT a, b FROM t ORDER BY a | 1,x 1,y | 1,y 1,x | equal",
                "SELECT a, b FROM t ORDER BY 1, b | 1,x 1,y | 1,y 1,x | row 1 (1, x) is another one on the idle side (1, y)",
                "SELECT a, b FROM t ORDER BY c | 1,x 2,y | 2,y 1,x | incomparable",
                "SELECT a, b FROM t ORDER BY lower(a) | 1,x 2,y | 2,y 1,x | incomparable",
                "SELECT t.a, u.b FROM t, u ORDER BY u.a | 1,x 2,y | 2,y 1,x | incomparable",
                "SELECT a, b FROM t ORDER BY a LIMIT 1 | 1,x | 1,y | incomparable",
                "SELECT a, b FROM t ORDER BY a LIMIT 1 | 1,x | 2,x | row 1 (1, x) is another one on the idle side (2, x)",
                "SELECT a, b FROM t LIMIT 1 | 1,x | 2,y | incomparable",
                "SELECT a, b FROM t LIMIT 5 | 1,x | 1,x 2,y | 1 rows on the serving side, 2 on the idle side",
                "SELECT a, b FROM (SELECT * FROM t LIMIT 1) AS s | 1,x | 2,y | incomparable",
                "SELECT DISTINCT ON (a) a, b FROM t | 1,x | 1,y | incomparable",
                "SELECT a, string_agg(c) AS b FROM t GROUP BY a | 1,x | 1,y | incomparable",
                "SELECT a, b FROM t | 1,a_value_that_is_much_too_long_to_be_shown_to_anybody | 1,x"
                        + " | row 1 is not there on the idle side"
            })
    void asFarAsTheQueryFixesThem(String sql, String serving, String idle, String verdict) {
        Verdict found = Answers.compare(new SampledRead(sql, List.of(), "app").comparable(), rows(serving), rows(idle));

        assertEquals(
                verdict,
                found instanceof Verdict.Different different
                        ? different.how()
                        : found instanceof Verdict.Equal ? "equal" : "incomparable");
    }

    private static ReadRows rows(String text) {
        List<List<@Nullable String>> rows = Stream.of(text.split(" "))
                .map(row -> Arrays.<@Nullable String>asList(row.split(",")))
                .toList();
        return new ReadRows(List.of("a", "b"), rows, 1);
    }
}
