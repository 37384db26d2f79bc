// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;

/**
 * Finds a schema's name in the code of a function. Unlike {@link SchemaNames}, it only answers whether the name is there, so it may
 * look more widely: at the front of any dotted name, a function's or type's as well, and at string constants, which may become
 * statements ({@code EXECUTE}), identifiers ({@code format}) or a {@code search_path}. An alias of the same name is taken for the
 * schema. Comments do not count. Strings within strings are read to a depth that no honest code has; what is deeper counts as a
 * name, since any role may write functions and none may end the check.
 */
public final class SchemaInCode {
    private static final int DEEPEST = 16;

    private SchemaInCode() {}

    /** Whether the code names the schema. */
    public static boolean names(String code, String schema) {
        return names(code, schema, 0);
    }

    private static boolean names(String code, String schema, int depth) {
        if (depth > DEEPEST) {
            return true;
        }
        Tokens tokens = Lexer.lex(code);
        for (int i = 0; i < tokens.size(); i++) {
            boolean found = tokens.is(i, Token.STRING)
                    ? inString(tokens.raw(i), schema, depth)
                    : tokens.isName(i)
                            && tokens.isChar(i + 1, '.')
                            && !tokens.isChar(i - 1, '.')
                            && schema.equals(tokens.name(i));
            if (found) {
                return true;
            }
        }
        return false;
    }

    /** The string may be a statement, or a list of schemas. */
    private static boolean inString(String raw, String schema, int depth) {
        boolean dollar = raw.startsWith("$");
        int open = dollar ? raw.indexOf('$', 1) + 1 : raw.indexOf('\'') + 1;
        int close = raw.length() - (dollar ? open : 1);
        if (open <= 0 || close < open) {
            return false;
        }
        String content =
                dollar ? raw.substring(open, close) : raw.substring(open, close).replace("''", "'");
        return inList(content, schema) || names(content, schema, depth + 1);
    }

    /** Whether the text is a list of identifiers, as search_path takes it, that has the schema. */
    public static boolean inList(String text, String schema) {
        Tokens tokens = Lexer.lex(text);
        boolean found = false;
        for (int i = 0; i < tokens.size(); i++) {
            if (i % 2 == 0 ? !tokens.isName(i) : !tokens.isChar(i, ',')) {
                return false;
            }
            found |= i % 2 == 0 && schema.equals(tokens.name(i));
        }
        return found;
    }
}
