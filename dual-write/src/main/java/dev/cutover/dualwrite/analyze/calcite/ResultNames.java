// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.calcite;

import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The name that PostgreSQL gives a result column without an alias, as {@code FigureColname} in its parser finds it. Only
 * for the forms that are beyond doubt; for others there is no answer.
 */
final class ResultNames {
    private static final String NAMELESS = "?column?";

    /** Words that make an expression a nameless one when they stand in it outside parentheses. */
    private static final Set<String> OPERATORS =
            Set.of("and", "or", "not", "is", "in", "like", "ilike", "between", "similar", "isnull", "notnull");
    /** What the grammar, and not a function of that name, answers for. */
    private static final Set<String> SPECIAL = Set.of(
            "trim",
            "cast",
            "treat",
            "xmlelement",
            "xmlforest",
            "xmlparse",
            "xmlpi",
            "xmlroot",
            "xmlserialize",
            "xmlconcat",
            "xmlexists",
            "normalize",
            "collation",
            "case",
            "array",
            "json_value",
            "json_query",
            "json_exists",
            "json_scalar",
            "json_serialize",
            "json",
            "select",
            "row",
            "interval",
            "merge_action");

    private static final Set<String> VALUES = Set.of(
            "current_date",
            "current_time",
            "current_timestamp",
            "localtime",
            "localtimestamp",
            "current_user",
            "session_user",
            "user",
            "current_role",
            "current_catalog",
            "current_schema");

    /** Words that are no alias unless AS stands before them; {@code pg_get_keywords()} of releases 15 and 18. */
    private static final Set<String> NO_BARE_LABELS = Set.of(
            "array",
            "as",
            "char",
            "character",
            "create",
            "day",
            "except",
            "fetch",
            "filter",
            "for",
            "from",
            "grant",
            "group",
            "having",
            "hour",
            "intersect",
            "into",
            "isnull",
            "limit",
            "minute",
            "month",
            "notnull",
            "offset",
            "on",
            "order",
            "over",
            "overlaps",
            "precision",
            "returning",
            "second",
            "to",
            "union",
            "varying",
            "where",
            "window",
            "with",
            "within",
            "without",
            "year");

    private ResultNames() {}

    /** Whether the name at i may be the alias of what stands before it. */
    static boolean isAlias(Tokens tokens, int i) {
        return tokens.isWord(i - 1, "as") || !tokens.is(i, Token.WORD) || !NO_BARE_LABELS.contains(tokens.lower(i));
    }

    /** The name for the expression of the tokens from {@code first} to before {@code end}; null where unsure. */
    static @Nullable String of(Tokens tokens, int first, int end) {
        if (first >= end) {
            return null;
        }
        if (tokens.isChar(first, '(')
                && tokens.closing(first, end) == end - 1
                && !tokens.isAnyWord(first + 1, "select", "with", "values", "table")) {
            return parenthesized(tokens, first, end);
        }
        if (hasOperator(tokens, first, end)) {
            return NAMELESS;
        }
        int cast = firstCast(tokens, first, end);
        if (cast < end) {
            String inner = of(tokens, first, cast);
            return NAMELESS.equals(inner) ? null : inner;
        }
        return simple(tokens, first, end);
    }

    private static @Nullable String parenthesized(Tokens tokens, int first, int end) {
        int depth = 0;
        for (int i = first + 1; i < end - 1; i++) {
            depth += tokens.isChar(i, '(') ? 1 : tokens.isChar(i, ')') ? -1 : 0;
            if (depth == 0 && tokens.isChar(i, ',')) {
                return "row";
            }
        }
        return of(tokens, first + 1, end - 1);
    }

    private static @Nullable String simple(Tokens tokens, int first, int end) {
        if (end - first == 1 && !tokens.isName(first)) {
            return NAMELESS;
        }
        if (tokens.isWord(first, "null") && end - first == 1) {
            return NAMELESS;
        }
        if (!tokens.isName(first) || tokens.isAnyWord(first, "true", "false", "default")) {
            return null;
        }
        int name = first;
        while (name + 2 < end && tokens.isChar(name + 1, '.') && tokens.isName(name + 2)) {
            name += 2;
        }
        String last = tokens.name(name);
        boolean bare = name == first && tokens.is(first, Token.WORD);
        if (name == end - 1) {
            return bare && SPECIAL.contains(last) ? null : last;
        } else if (tokens.isChar(name + 1, '(') && tokens.closing(name + 1, end) == end - 1) {
            return bare && SPECIAL.contains(last) ? null : last;
        } else if (VALUES.contains(last)) {
            return null;
        }
        return subscripted(tokens, name + 1, end) ? last : null;
    }

    private static boolean subscripted(Tokens tokens, int first, int end) {
        int depth = 0;
        for (int i = first; i < end; i++) {
            depth += tokens.isChar(i, '[') ? 1 : tokens.isChar(i, ']') ? -1 : 0;
            if (depth == 0 && !tokens.isChar(i, ']')) {
                return false;
            }
        }
        return true;
    }

    /** Whether an operator is the outermost part of the expression. CASE hides those inside it, and is left in doubt. */
    private static boolean hasOperator(Tokens tokens, int first, int end) {
        int depth = 0;
        boolean found = false;
        for (int i = first; i < end; i++) {
            if (tokens.isChar(i, '(') || tokens.isChar(i, '[')) {
                depth++;
            } else if (tokens.isChar(i, ')') || tokens.isChar(i, ']')) {
                depth--;
            } else if (tokens.isAnyWord(i, "case", "at", "collate", "over", "filter", "within")) {
                return false;
            } else if (depth == 0) {
                found |=
                        tokens.is(i, Token.OPERATOR) || tokens.is(i, Token.WORD) && OPERATORS.contains(tokens.lower(i));
            }
        }
        return found;
    }

    private static int firstCast(Tokens tokens, int first, int end) {
        int depth = 0;
        for (int i = first; i < end; i++) {
            depth += tokens.isChar(i, '(') ? 1 : tokens.isChar(i, ')') ? -1 : 0;
            if (depth == 0 && tokens.is(i, Token.PUNCTUATION) && tokens.raw(i).equals("::")) {
                return i;
            }
        }
        return end;
    }
}
