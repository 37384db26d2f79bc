// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expressions over columns of other types compare equal where they mean the same, and only there. */
class ExpressionTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "lower((name)::text); lower(name)",
                "((i.name)::text = CURRENT_USER); (i.name = CURRENT_USER)",
                "w((m)::bigint); w(m)",
                "(\"My name\")::text; \"My name\"",
                "((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]));"
                        + "(s = ANY (ARRAY['a'::text, 'b'::text]))",
            })
    void aWiderTypeIsNoDifference(String one, String other) {
        assertEquals(ExpressionText.plain(other), ExpressionText.plain(one));
        assertEquals(ExpressionText.widened(other), ExpressionText.widened(one));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "(made)::date = CURRENT_DATE; made = CURRENT_DATE",
                "(s)::character varying(3) = 'a'; s = 'a'",
                "e = 'x'::citext; e = 'x'::text",
                "s ~ '(a)'::text; s ~ 'a'::text",
                "s = 'a::text'; s = 'a'",
                "(a + b) * c; a + b * c",
            })
    void anotherMeaningIsADifference(String one, String other) {
        assertNotEquals(ExpressionText.widened(other), ExpressionText.widened(one));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {"f('(a)'::text); f('(a)')", "((n * 2)); n * 2", "'5'::bigint; 5"})
    void plainTextKeepsWhatIsQuoted(String expression, String plain) {
        assertEquals(plain, ExpressionText.plain(expression));
    }
}
