// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** Questions about SQL expressions that a mapping gives. */
public final class Expressions {
    private Expressions() {}

    /** Every name in the expression, folded: the columns it reads, and functions and keywords beside them. */
    public static Set<String> names(String expression) {
        Tokens tokens = Lexer.lex(expression);
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.isName(i)) {
                names.add(tokens.name(i));
            }
        }
        return names;
    }

    /**
     * The names in the expression that can be columns: neither functions nor types of casts. Where {@link #names} would
     * rather name too many, this would rather name too few.
     */
    public static Set<String> columns(String expression) {
        Tokens tokens = Lexer.lex(expression);
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < tokens.size(); i++) {
            boolean type = i > 0 && tokens.raw(i - 1).equals("::") || tokens.isWord(i - 1, "as");
            if (tokens.isName(i) && !type && !tokens.isChar(i + 1, '(')) {
                names.add(tokens.name(i));
            }
        }
        return names;
    }

    /** The column that the expression consists of, as PostgreSQL reads the name; empty if it is more than a name. */
    public static Optional<String> bareColumn(String expression) {
        Tokens tokens = Lexer.lex(expression);
        return tokens.size() == 1 && tokens.isName(0) ? Optional.of(tokens.name(0)) : Optional.empty();
    }
}
