// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What texts have in common that differ only in their values. */
public final class StatementFingerprint {
    /** So much of a text is looked at: where longer ones differ at all, they do so in their values. */
    private static final int LONGEST_READ = 4 * 1024;

    private static final int LONGEST = 500;
    private static final String VALUE = "?";
    private static final Pattern LIST = Pattern.compile("\\bin \\(\\?(?:, \\?)+\\)");
    private static final Pattern ROWS = Pattern.compile("(\\([^()]*\\))(?:, \\1)+");

    /** Words that call nothing when a parenthesis follows. */
    private static final Set<String> BEFORE_PARENTHESIS = Set.of(
            "all",
            "and",
            "any",
            "as",
            "between",
            "by",
            "case",
            "conflict",
            "distinct",
            "do",
            "else",
            "except",
            "exists",
            "from",
            "having",
            "in",
            "intersect",
            "into",
            "is",
            "join",
            "like",
            "not",
            "on",
            "or",
            "over",
            "returning",
            "select",
            "set",
            "some",
            "then",
            "union",
            "using",
            "values",
            "when",
            "where",
            "with");

    private StatementFingerprint() {}

    /**
     * The text in lower case (but for quoted names) and without comments, one space between its words, {@code ?} for each
     * constant and parameter, lists of an IN and rows of a VALUES folded into one.
     */
    public static String of(String sql) {
        Tokens tokens = Lexer.lex(sql.length() <= LONGEST_READ ? sql : sql.substring(0, LONGEST_READ));
        StringBuilder print = new StringBuilder();
        int size = tokens.size();
        while (size > 0 && tokens.isChar(size - 1, ';')) {
            size--;
        }
        for (int i = 0; i < size; i++) {
            if (i > 0 && spaced(tokens, i)) {
                print.append(' ');
            }
            if (!isSign(tokens, i)) {
                print.append(text(tokens, i));
            }
        }
        String folded = print.toString();
        folded = LIST.matcher(folded).replaceAll("in (?)");
        folded = ROWS.matcher(folded).replaceAll("$1");
        return folded.length() <= LONGEST ? folded : folded.substring(0, LONGEST) + "...";
    }

    private static String text(Tokens tokens, int i) {
        return switch (tokens.kind(i)) {
            case STRING, NUMBER, PARAMETER, BROKEN -> VALUE;
            case WORD -> tokens.raw(i).toLowerCase(Locale.ROOT);
            default -> tokens.raw(i);
        };
    }

    /** A sign belongs to the number behind it, where it stands between two operands it does not. */
    private static boolean isSign(Tokens tokens, int i) {
        return (tokens.isChar(i, '-') || tokens.isChar(i, '+'))
                && tokens.is(i + 1, Token.NUMBER)
                && (tokens.isChar(i - 1, '(') || tokens.isChar(i - 1, ',') || tokens.is(i - 1, Token.OPERATOR));
    }

    /** Hangs on the tokens alone, so that white space in the text makes no difference. */
    private static boolean spaced(Tokens tokens, int i) {
        if (isSign(tokens, i - 1) || tokens.isChar(i, ',') || tokens.isChar(i, ')') || tokens.isChar(i, '.')) {
            return false;
        }
        boolean call = tokens.isChar(i, '(')
                && tokens.isName(i - 1)
                && !(tokens.is(i - 1, Token.WORD) && BEFORE_PARENTHESIS.contains(tokens.lower(i - 1)));
        return !call
                && !isCast(tokens, i)
                && !isCast(tokens, i - 1)
                && !tokens.isChar(i - 1, '(')
                && !tokens.isChar(i - 1, '.');
    }

    private static boolean isCast(Tokens tokens, int i) {
        return tokens.is(i, Token.PUNCTUATION) && tokens.raw(i).equals("::");
    }
}
