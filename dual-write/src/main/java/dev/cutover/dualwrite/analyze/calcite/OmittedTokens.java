// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.calcite;

import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.BitSet;
import java.util.Set;

/**
 * The tokens of a write that are left out of its {@link Transcript}, or become a comma there: {@code ::} casts, the type in
 * CAST, {@code type 'text'} constants, COLLATE, locking clauses, ONLY, MATERIALIZED, OVERRIDING, NULLS FIRST, and the words
 * between the arguments of EXTRACT and its kin.
 */
final class OmittedTokens {
    private static final Set<String> WORDY_FUNCTIONS = Set.of("extract", "overlay", "position", "substring", "trim");
    private static final Set<String> UNITS = Set.of("year", "month", "day", "hour", "minute", "second", "to");

    private final Tokens tokens;
    private final int from;
    private final int to;
    private final BitSet blanks;
    private final BitSet commas;

    OmittedTokens(Tokens tokens, int from, int to) {
        this.tokens = tokens;
        this.from = from;
        this.to = to;
        this.blanks = new BitSet(to - from);
        this.commas = new BitSet();
        for (int i = from; i < to; i++) {
            if (tokens.is(i, Token.WORD)) {
                word(i);
            } else if (tokens.is(i, Token.PUNCTUATION) && tokens.raw(i).equals("::")) {
                blank(i, afterType(i + 1));
            }
        }
    }

    boolean isBlank(int i) {
        return blanks.get(i - from);
    }

    boolean isComma(int i) {
        return commas.get(i - from);
    }

    private void blank(int first, int end) {
        blanks.set(first - from, Math.min(end, to) - from);
    }

    private void word(int i) {
        switch (tokens.lower(i)) {
            case "cast" -> cast(i + 1);
            case "collate" -> blank(i, afterName(i + 1));
            case "for" -> locking(i);
            case "recursive", "variadic" -> blank(i, i + 1);
            case "only" -> {
                if (!tokens.isAnyWord(i - 1, "row", "rows")) {
                    blank(i, i + 1);
                }
            }
            case "materialized" -> blank(tokens.isWord(i - 1, "not") ? i - 1 : i, i + 1);
            case "nulls" -> blank(i, tokens.isAnyWord(i + 1, "first", "last") ? i + 2 : i);
            case "overriding" -> blank(i, tokens.isWord(i + 2, "value") ? i + 3 : i);
            case "time" -> {
                if (tokens.isWord(i - 1, "at")) {
                    blank(i, i + 2);
                } else {
                    constant(i);
                }
            }
            case "to" -> blank(i, tokens.isWord(i - 1, "similar") ? i + 1 : i);
            default -> {
                if (tokens.isChar(i + 1, '(') && WORDY_FUNCTIONS.contains(tokens.lower(i))) {
                    wordyArguments(i + 1);
                } else {
                    constant(i);
                }
            }
        }
    }

    /** {@code type 'text'}: the type goes, and after an interval its units. */
    private void constant(int i) {
        int string = i + 1;
        if (tokens.isAnyWord(i + 1, "with", "without")
                && tokens.isWord(i + 2, "time")
                && tokens.isWord(i + 3, "zone")) {
            string = i + 4;
        }
        if (!tokens.is(string, Token.STRING)
                || tokens.isAnyWord(
                        i,
                        "and",
                        "or",
                        "not",
                        "like",
                        "ilike",
                        "to",
                        "escape",
                        "then",
                        "when",
                        "else",
                        "select",
                        "by",
                        "between",
                        "in",
                        "where",
                        "returning",
                        "on",
                        "having",
                        "case",
                        "from",
                        "distinct",
                        "limit",
                        "all",
                        "symmetric",
                        "as")) {
            return;
        }
        blank(i, string);
        int units = string + 1;
        while (tokens.isWord(i, "interval") && tokens.is(units, Token.WORD) && UNITS.contains(tokens.lower(units))) {
            blank(units, units + 1);
            units++;
        }
    }

    private void cast(int open) {
        int close = tokens.closing(open, to);
        int depth = 0;
        for (int i = open; i < close; i++) {
            depth += tokens.isChar(i, '(') ? 1 : tokens.isChar(i, ')') ? -1 : 0;
            if (depth == 1 && tokens.isWord(i, "as")) {
                blank(i, close);
                return;
            }
        }
    }

    private void wordyArguments(int open) {
        int close = tokens.closing(open, to);
        int depth = 0;
        for (int i = open; i < close; i++) {
            depth += tokens.isChar(i, '(') ? 1 : tokens.isChar(i, ')') ? -1 : 0;
            if (depth != 1) {
                continue;
            }
            boolean first = tokens.isChar(i - 1, '(') || isBlank(i - 1);
            if (tokens.isAnyWord(i, "both", "leading", "trailing") || first && tokens.isWord(i, "from")) {
                blank(i, i + 1);
            } else if (tokens.isAnyWord(i, "from", "for", "in", "placing")) {
                commas.set(i - from);
            }
        }
    }

    /** FOR [NO KEY] UPDATE or FOR [KEY] SHARE, OF names, NOWAIT or SKIP LOCKED. */
    private void locking(int i) {
        int end = i + 1;
        while (tokens.isAnyWord(end, "no", "key")) {
            end++;
        }
        if (!tokens.isAnyWord(end, "update", "share")) {
            return;
        }
        end++;
        if (tokens.isWord(end, "of")) {
            end = afterName(end + 1);
            while (tokens.isChar(end, ',')) {
                end = afterName(end + 1);
            }
        }
        while (tokens.isAnyWord(end, "nowait", "skip", "locked")) {
            end++;
        }
        blank(i, end);
    }

    private int afterName(int i) {
        int end = i + 1;
        while (tokens.isChar(end, '.') && tokens.isName(end + 1)) {
            end += 2;
        }
        return end;
    }

    /** The index behind the type name that begins at i, with its modifiers and array brackets. */
    private int afterType(int i) {
        int end = i;
        if (tokens.isAnyWord(i, "double", "national", "setof")) {
            end++;
        }
        end = afterName(end);
        if (tokens.isWord(end, "varying")) {
            end++;
        }
        while (tokens.isWord(i, "interval") && tokens.is(end, Token.WORD) && UNITS.contains(tokens.lower(end))) {
            end++;
        }
        if (tokens.isChar(end, '(')) {
            end = tokens.closing(end, to) + 1;
        }
        if (tokens.isAnyWord(i, "time", "timestamp")
                && tokens.isAnyWord(end, "with", "without")
                && tokens.isWord(end + 1, "time")) {
            end += 3;
        }
        end += tokens.isWord(end, "array") ? 1 : 0;
        while (tokens.isChar(end, '[')) {
            end++;
            end += tokens.is(end, Token.NUMBER) ? 1 : 0;
            end += tokens.isChar(end, ']') ? 1 : 0;
        }
        return end;
    }
}
