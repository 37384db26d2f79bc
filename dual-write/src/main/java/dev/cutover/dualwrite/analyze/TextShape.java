// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A text without its values: what is the same in {@code UPDATE t SET a = 1} and {@code UPDATE t SET a = 23}, and where in this
 * one the values stand.
 *
 * <p>Numbers and plain strings are values. Everything else is kept to the letter, white space and comments too, so that texts of
 * one shape have the same tokens, and a place in one of them is found in another by the values before it.
 */
final class TextShape {
    /** Longer ones are likely to differ in how many values they have: shapes of them would only push others out. */
    static final int LONGEST = 4 * 1024;

    private static final Set<String> QUERIES = Set.of("select", "insert", "update", "delete", "with", "values");
    /** A setting's name and value are in its strings: they say what the statement does. */
    private static final String SET_CONFIG = "set_config";

    private static final char NUMBER = '\u0001';
    private static final char STRING = '\u0002';

    private final String key;
    private final int[] starts;
    private final int[] ends;

    private TextShape(String key, int[] starts, int[] ends) {
        this.key = key;
        this.starts = starts;
        this.ends = ends;
    }

    /** @return null if there is nothing to gain from a shape, or more hangs on the values than themselves */
    static @Nullable TextShape of(Tokens tokens) {
        String text = tokens.text();
        if (text.length() > LONGEST
                || !tokens.is(0, Token.WORD)
                || !QUERIES.contains(tokens.lower(0))
                || text.indexOf(NUMBER) >= 0
                || text.indexOf(STRING) >= 0) {
            return null;
        }
        int[] starts = new int[tokens.size()];
        int[] ends = new int[tokens.size()];
        int values = 0;
        StringBuilder key = new StringBuilder(text.length());
        int copied = 0;
        for (int i = 0; i < tokens.size(); i++) {
            boolean number = tokens.is(i, Token.NUMBER);
            if (number || isPlainString(tokens, i)) {
                starts[values] = tokens.start(i);
                ends[values++] = tokens.end(i);
                key.append(text, copied, tokens.start(i)).append(number ? NUMBER : STRING);
                copied = tokens.end(i);
            } else if (tokens.is(i, Token.BROKEN) || isSetConfig(tokens, i)) {
                return null;
            }
        }
        if (values == 0) {
            return null;
        }
        return new TextShape(
                key.append(text, copied, text.length()).toString(),
                Arrays.copyOf(starts, values),
                Arrays.copyOf(ends, values));
    }

    private static boolean isPlainString(Tokens tokens, int i) {
        return tokens.is(i, Token.STRING) && tokens.text().charAt(tokens.start(i)) == '\'';
    }

    private static boolean isSetConfig(Tokens tokens, int i) {
        return tokens.isName(i) && tokens.name(i).toLowerCase(Locale.ROOT).equals(SET_CONFIG);
    }

    /** What texts of this shape have in common, and no others. */
    String key() {
        return key;
    }

    /** Where in a text of the same shape that stands which stands at a token's beginning or end in this one. */
    int placeIn(TextShape other, int place) {
        int before = Arrays.binarySearch(ends, place);
        int values = before >= 0 ? before + 1 : -before - 1;
        return values == 0 ? place : place + other.ends[values - 1] - ends[values - 1];
    }
}
