// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.calcite;

import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.Arrays;
import java.util.Set;

/**
 * A write copied out in words that Calcite's lexer reads, each at the very place of the original. Names become rows of
 * x, so that none is taken for one of Calcite's many reserved words; strings, parameters, numbers and operators become
 * plain ones of the same length; casts, collations, locking clauses and other things that say nothing about a write's
 * structure become blanks. The copy has one line and no tabs: a column in it is an index into the original.
 */
final class Transcript {
    /** Words that are syntax wherever they stand. Nearly all are reserved in PostgreSQL too. */
    private static final Set<String> SYNTAX =
            Set.of(("and as asc between case cross desc do distinct else end escape except"
                            + " fetch from full group having in inner intersect into is join lateral left like limit"
                            + " natural not null offset on or order outer returning right select set symmetric then true false"
                            + " union using when where window with constraint")
                    .split(" "));
    /** Words that are functions when a parenthesis follows, though they are syntax elsewhere. */
    private static final Set<String> FUNCTIONS_TOO = Set.of("left", "right");

    private final Tokens tokens;
    private final int from;
    private final int to;
    private final int offset;
    private final char[] copy;
    private final OmittedTokens blanks;

    private Transcript(Tokens tokens, int from, int to) {
        this.tokens = tokens;
        this.from = from;
        this.to = to;
        this.offset = tokens.start(from);
        this.copy = new char[tokens.end(to - 1) - offset];
        this.blanks = new OmittedTokens(tokens, from, to);
    }

    static String of(Tokens tokens, int from, int to) {
        Transcript transcript = new Transcript(tokens, from, to);
        transcript.write();
        return new String(transcript.copy);
    }

    private void write() {
        Arrays.fill(copy, ' ');
        int[] closers = new int[8];
        int open = 0;
        for (int i = from; i < to; i++) {
            if (blanks.isComma(i)) {
                put(i, ",");
                continue;
            } else if (blanks.isBlank(i)) {
                continue;
            }
            switch (tokens.kind(i)) {
                case WORD -> word(i);
                case QUOTED -> quoted(i);
                case STRING -> string(i);
                case NUMBER -> fill(i, '1');
                case PARAMETER -> put(i, "?");
                case OPERATOR -> put(i, operator(i));
                case PUNCTUATION -> {
                    if (tokens.isChar(i, '[')) {
                        boolean list = beginsList(i);
                        closers = open == closers.length ? Arrays.copyOf(closers, open * 2) : closers;
                        closers[open++] = list ? ')' : ']';
                        put(i, list ? "(" : "[");
                    } else if (tokens.isChar(i, ']') && open > 0) {
                        put(i, String.valueOf((char) closers[--open]));
                    } else {
                        put(i, punctuation(i));
                    }
                }
                case BROKEN -> put(i, tokens.raw(i));
            }
        }
    }

    /** ARRAY[...] becomes a function call, since only that may be empty or nested. */
    private boolean beginsList(int i) {
        return tokens.isWord(i - 1, "array") || tokens.isChar(i - 1, '[') || tokens.isChar(i - 1, ',');
    }

    private String punctuation(int i) {
        String raw = tokens.raw(i);
        return switch (raw) {
            case ":" -> slice(i);
            case ":=" -> "=>";
            default -> raw;
        };
    }

    /** In {@code a[1:2]} both bounds may be missing. */
    private String slice(int i) {
        boolean fromFirst = tokens.isChar(i - 1, '[');
        boolean toLast = tokens.isChar(i + 1, ']');
        return fromFirst && toLast ? "1" : fromFirst || toLast ? " " : "+";
    }

    private void word(int i) {
        String word = tokens.lower(i);
        if (SYNTAX.contains(word)) {
            boolean function = FUNCTIONS_TOO.contains(word) && tokens.isChar(i + 1, '(');
            put(i, function ? "x".repeat(word.length()) : word);
            return;
        }
        switch (word) {
            case "ilike" -> put(i, "like");
            case "similar" -> put(i, tokens.isWord(i + 1, "to") ? "like" : "xxxxxxx");
            case "isnull", "notnull" -> put(i, "+ 1");
            case "at" -> put(i, tokens.isWord(i + 1, "time") ? "||" : "xx");
            default -> put(i, isSyntaxHere(i, word) ? word : "x".repeat(word.length()));
        }
    }

    /** Words that are names in most places. */
    private boolean isSyntaxHere(int i, String word) {
        return switch (word) {
            case "insert" -> tokens.isWord(i + 1, "into");
            case "delete" -> tokens.isWord(i + 1, "from");
            case "update" -> i == from || tokens.isWord(i - 1, "do") || tokens.isChar(i - 1, ')');
            case "values" -> tokens.isChar(i + 1, '(') || tokens.isWord(i - 1, "default");
            case "default" -> tokens.isWord(i + 1, "values");
            case "conflict" -> tokens.isWord(i - 1, "on");
            case "nothing" -> tokens.isWord(i - 1, "do");
            case "exists", "filter", "over" -> tokens.isChar(i + 1, '(');
            case "within" -> tokens.isWord(i + 1, "group");
            case "partition" -> tokens.isWord(i + 1, "by");
            case "by" -> tokens.isAnyWord(i - 1, "group", "order", "partition");
            case "all" -> !tokens.isChar(i + 1, '(') || tokens.isAnyWord(i - 1, "union", "except", "intersect");
            case "first", "next" -> tokens.isWord(i - 1, "fetch");
            case "row", "rows" -> tokens.isWord(i + 1, "only");
            case "only" -> tokens.isAnyWord(i - 1, "row", "rows");
            case "unknown" -> tokens.isAnyWord(i - 1, "is", "not");
            default -> false;
        };
    }

    /** The quotes become blanks: they part a name from its neighbours, as in {@code "a"AS b}. */
    private void quoted(int i) {
        fill(i, 'x');
        copy[tokens.start(i) - offset] = ' ';
        copy[tokens.end(i) - 1 - offset] = ' ';
    }

    private void string(int i) {
        fill(i, 's');
        copy[tokens.start(i) - offset] = '\'';
        copy[tokens.end(i) - 1 - offset] = '\'';
    }

    private String operator(int i) {
        String raw = tokens.raw(i);
        switch (raw) {
            case "+", "-", "*", "/", "<", ">", "=", "<=", ">=", "<>", "||", "=>" -> {
                return raw;
            }
            case "!=" -> {
                return "<>";
            }
            default -> {
                if (isPrefix(i)) {
                    return "-";
                }
                return raw.length() == 1 ? "+" : "||";
            }
        }
    }

    private boolean isPrefix(int i) {
        if (i == from || tokens.is(i - 1, Token.OPERATOR) || tokens.isChar(i - 1, '(') || tokens.isChar(i - 1, ',')) {
            return true;
        }
        return tokens.is(i - 1, Token.WORD)
                && SYNTAX.contains(tokens.lower(i - 1))
                && !tokens.isAnyWord(i - 1, "end", "null", "true", "false");
    }

    private void fill(int i, char with) {
        Arrays.fill(copy, tokens.start(i) - offset, tokens.end(i) - offset, with);
    }

    private void put(int i, String standIn) {
        int length = Math.min(standIn.length(), tokens.end(i) - tokens.start(i));
        standIn.getChars(0, length, copy, tokens.start(i) - offset);
    }
}
