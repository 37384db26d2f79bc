// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.calcite;

import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what a statement may cost the parser, before it is parsed: parsing runs on an event loop, and other tenants' clients wait
 * for it. Calcite collects an expression as a list of operators and then makes a tree of it. Its time grows with the square of the
 * list's length, and with the cube of the number of patterns and ranges in it. What exceeds a bound is left to the net.
 */
final class Effort {
    /** In a statement. 100 take some 10 ms, 1,000 take 20 s. */
    static final int MOST_PATTERNS = 100;
    /** Operators in one expression, those in parentheses apart. 2,000 take some 20 ms. */
    static final int LONGEST_CHAIN = 2_000;
    /** Dots and subscripts behind one another: 100 take 1 ms, 4,000 take half a second. */
    static final int MOST_PARTS = 100;
    /** Parentheses and brackets within one another. */
    static final int DEEPEST = 500;

    private static final Set<String> PATTERNS = Set.of("between", "like", "ilike", "similar");
    private static final Set<String> OPERATORS =
            Set.of("and", "or", "not", "is", "in", "isnull", "notnull", "collate", "at");

    private Effort() {}

    /** Why the statement is too dear to parse; null if it is not. */
    static @Nullable String excess(Tokens tokens, int from, int to) {
        int[] chains = new int[DEEPEST + 1];
        int depth = 0;
        int patterns = 0;
        int parts = 0;
        for (int i = from; i < to; i++) {
            if (tokens.isChar(i, '(') || tokens.isChar(i, '[')) {
                parts += tokens.isChar(i, '[') ? 1 : 0;
                depth++;
                if (depth > DEEPEST) {
                    return "more than " + DEEPEST + " parentheses within one another";
                }
                chains[depth] = 0;
            } else if (tokens.isChar(i, ')') || tokens.isChar(i, ']')) {
                depth = Math.max(0, depth - 1);
            } else if (tokens.isChar(i, ',')) {
                chains[depth] = 0;
                parts = 0;
            } else if (tokens.isChar(i, '.')) {
                parts++;
            } else if (tokens.is(i, Token.OPERATOR)) {
                chains[depth]++;
                parts = 0;
            } else if (tokens.is(i, Token.WORD)) {
                String word = tokens.name(i);
                if (PATTERNS.contains(word)) {
                    patterns++;
                    chains[depth]++;
                    parts = 0;
                } else if (OPERATORS.contains(word)) {
                    chains[depth]++;
                    parts = 0;
                } else if (!tokens.isChar(i - 1, '.') && !tokens.isChar(i - 1, '[')) {
                    parts = 0;
                }
            }
            if (patterns > MOST_PATTERNS) {
                return "more than " + MOST_PATTERNS + " times BETWEEN or LIKE";
            } else if (chains[depth] > LONGEST_CHAIN) {
                return "an expression of more than " + LONGEST_CHAIN + " operators";
            } else if (parts > MOST_PARTS) {
                return "more than " + MOST_PARTS + " dots or subscripts behind one another";
            }
        }
        return null;
    }
}
