// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A SELECT or an INSERT of a migration. */
final class QueryCheck {
    /** What may stand before a parenthesis in a query that only reads: keywords, and functions without effects. */
    private static final Set<String> READING = Set.of(
            "all",
            "and",
            "any",
            "array",
            "array_agg",
            "as",
            "avg",
            "between",
            "by",
            "case",
            "cast",
            "coalesce",
            "count",
            "distinct",
            "else",
            "except",
            "exists",
            "extract",
            "filter",
            "from",
            "greatest",
            "having",
            "ilike",
            "in",
            "intersect",
            "is",
            "join",
            "lateral",
            "least",
            "length",
            "like",
            "limit",
            "lower",
            "max",
            "min",
            "not",
            "now",
            "nullif",
            "numeric",
            "offset",
            "on",
            "or",
            "over",
            "row",
            "select",
            "some",
            "string_agg",
            "sum",
            "then",
            "to_regclass",
            "union",
            "upper",
            "using",
            "values",
            "varchar",
            "when",
            "where",
            "with",
            "within");

    private QueryCheck() {}

    /** A SELECT that calls a function may do anything; one that locks rows holds clients up. */
    static @Nullable String select(Tokens tokens, int from, int to) {
        for (int i = from; i < to; i++) {
            if (tokens.isAnyWord(i, "into", "for")) {
                return "it does more than read";
            }
            boolean calls = tokens.isName(i) && tokens.isChar(i + 1, '(');
            boolean known = READING.contains(tokens.lower(i))
                    && (!tokens.isChar(i - 1, '.') || tokens.isWord(i - 2, "pg_catalog"));
            if (calls && !known) {
                return "a function that it calls may have effects";
            }
        }
        return null;
    }

    /** Whether an INSERT only adds rows. */
    static @Nullable String insert(Tokens tokens, int from, int to) {
        for (int i = from; i < to; i++) {
            if (tokens.isAnyWord(i, "update", "delete", "merge", "share")) {
                return "it changes or locks rows that clients use";
            }
        }
        return null;
    }
}
