// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transform;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.ArrayList;
import java.util.List;

/** Reads what an operator wants to set, {@code column = expression, ...}, and the condition. */
final class Assignments {
    private Assignments() {}

    /**
     * The columns that are set.
     *
     * @throws TransformException if the text is anything else than assignments to columns
     */
    static List<String> columns(String set) throws TransformException {
        Tokens tokens = Lexer.lex(set);
        requireClosed("set", tokens);
        List<String> columns = new ArrayList<>();
        int depth = 0;
        boolean begins = true;
        for (int i = 0; i < tokens.size(); i++) {
            if (begins) {
                if (!tokens.isName(i) || !tokens.isChar(i + 1, '=')) {
                    throw new TransformException("set must be column = expression, and so on, not \"" + set + '"');
                }
                columns.add(tokens.name(i));
                begins = false;
                i++;
                continue;
            }
            depth += nesting(tokens, i);
            boolean outside = depth == 0;
            if (outside && tokens.isAnyWord(i, "where", "returning", "from") && !tokens.isWord(i - 1, "distinct")) {
                throw new TransformException("set must not hold " + tokens.raw(i)
                        + " outside of parentheses; a condition is given apart, other tables as (SELECT ...)");
            }
            begins = outside && tokens.isChar(i, ',');
        }
        if (begins) {
            throw new TransformException("set must be column = expression, and so on, not \"" + set + '"');
        }
        return columns;
    }

    /** @throws TransformException if a text could end the clause that it stands in */
    static void requireClosed(String what, Tokens tokens) throws TransformException {
        int depth = 0;
        for (int i = 0; i < tokens.size(); i++) {
            depth += nesting(tokens, i);
            if (depth < 0 || tokens.isChar(i, ';')) {
                throw new TransformException(
                        what + " must be one expression for each column, not \"" + tokens.text() + '"');
            }
        }
        if (depth != 0) {
            throw new TransformException(what + " has a parenthesis that is not closed: \"" + tokens.text() + '"');
        }
    }

    private static int nesting(Tokens tokens, int i) {
        return tokens.isChar(i, '(') || tokens.isChar(i, '[')
                ? 1
                : tokens.isChar(i, ')') || tokens.isChar(i, ']') ? -1 : 0;
    }
}
