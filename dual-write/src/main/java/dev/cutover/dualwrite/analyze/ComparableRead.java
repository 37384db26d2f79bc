// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * A query as it can be run on both sides, and how far its result is fixed by the rows that it reads.
 *
 * @param sql constants in place of parameters
 * @param doubt why two sides that hold the same rows may answer it differently, so that it is of no use to run it; empty if
 *     there is no reason
 * @param ordered whether the query as a whole has an ORDER BY
 * @param keys what it orders by, as columns of the result; empty if that is not known
 * @param limited whether the query as a whole has a LIMIT, FETCH or OFFSET: where rows are equal by its order, any of them
 *     may be left out
 * @param arbitrary whether something within it hangs on the order in which rows are found
 */
public record ComparableRead(
        String sql, String doubt, boolean ordered, List<SortKey> keys, boolean limited, boolean arbitrary) {
    private static final Set<String> QUERIES = Set.of("select", "with", "values", "table", "(");

    /** What is another thing on each side, though the rows are the same. */
    private static final Set<String> OF_THE_SIDE = Set.of(
            "cmax",
            "cmin",
            "ctid",
            "current_schema",
            "current_schemas",
            "information_schema",
            "regclass",
            "tableoid",
            "xmax",
            "xmin");

    private static final Set<String> BY_FOUND_ORDER = Set.of(
            "array_agg",
            "first_value",
            "json_agg",
            "json_object_agg",
            "jsonb_agg",
            "jsonb_object_agg",
            "lag",
            "last_value",
            "lead",
            "nth_value",
            "ntile",
            "row_number",
            "string_agg",
            "tablesample",
            "xmlagg");

    private static final String[] LIMITS = {"limit", "fetch", "offset"};

    public ComparableRead {
        keys = List.copyOf(keys);
    }

    /**
     * Reads a query.
     *
     * @param sql a single statement, with parameters as {@code $1}
     * @param parameter the constant, as SQL, that stands for the parameter of a number
     */
    public static ComparableRead of(String sql, IntFunction<String> parameter) {
        Tokens tokens = Lexer.lex(sql);
        int[] depths = depths(tokens);
        int orderBy = last(tokens, depths, "order");
        boolean limited = false;
        boolean arbitrary = false;
        String doubt = "";
        StringBuilder constant = new StringBuilder();
        int copied = 0;
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.is(i, Token.PARAMETER)) {
                constant.append(sql, copied, tokens.start(i)).append(parameter.apply(tokens.parameter(i)));
                copied = tokens.end(i);
            }
            if (!tokens.isName(i)) {
                continue;
            }
            String name = tokens.name(i).toLowerCase(Locale.ROOT);
            if (OF_THE_SIDE.contains(name) || name.startsWith("pg_")) {
                doubt = "it asks for " + name + ", which is another on each side";
            }
            boolean limit = tokens.isAnyWord(i, LIMITS);
            limited |= limit && depths[i] == 0;
            arbitrary |= limit && depths[i] > 0
                    || BY_FOUND_ORDER.contains(name)
                    || tokens.isWord(i, "distinct") && tokens.isWord(i + 1, "on");
        }
        if (tokens.size() == 0 || !QUERIES.contains(tokens.lower(0))) {
            doubt = "it is not a query";
        }
        return new ComparableRead(
                constant.append(sql, copied, sql.length()).toString(),
                doubt,
                orderBy >= 0,
                orderBy < 0 ? List.of() : keys(tokens, depths, orderBy + 2),
                limited,
                arbitrary);
    }

    private static int[] depths(Tokens tokens) {
        int[] depths = new int[tokens.size()];
        int depth = 0;
        for (int i = 0; i < depths.length; i++) {
            if (tokens.isChar(i, ')') || tokens.isChar(i, ']')) {
                depth--;
            }
            depths[i] = depth;
            if (tokens.isChar(i, '(') || tokens.isChar(i, '[')) {
                depth++;
            }
        }
        return depths;
    }

    /** Where this word and BY stand in the query as a whole; -1 if they do not. */
    private static int last(Tokens tokens, int[] depths, String word) {
        for (int i = tokens.size() - 1; i >= 0; i--) {
            if (depths[i] == 0 && tokens.isWord(i, word) && tokens.isWord(i + 1, "by")) {
                return i;
            }
        }
        return -1;
    }

    /** The items from here on; none if one of them is not a column of the result. */
    private static List<SortKey> keys(Tokens tokens, int[] depths, int from) {
        List<SortKey> keys = new ArrayList<>();
        int start = from;
        for (int i = from; i <= tokens.size(); i++) {
            boolean end = i == tokens.size()
                    || tokens.isChar(i, ';')
                    || depths[i] == 0 && (tokens.isAnyWord(i, LIMITS) || tokens.isWord(i, "for"));
            if (end || depths[i] == 0 && tokens.isChar(i, ',')) {
                Optional<SortKey> key = key(tokens, start, i);
                if (key.isEmpty()) {
                    return List.of();
                }
                keys.add(key.get());
                start = i + 1;
            }
            if (end) {
                break;
            }
        }
        return keys;
    }

    private static Optional<SortKey> key(Tokens tokens, int start, int end) {
        int last = end;
        if (tokens.isWord(last - 2, "nulls")) {
            last -= 2;
        }
        if (tokens.isAnyWord(last - 1, "asc", "desc")) {
            last--;
        }
        if (last - start == 1 && tokens.is(start, Token.NUMBER)) {
            String number = tokens.raw(start);
            return number.length() < 5 && number.chars().allMatch(Character::isDigit)
                    ? Optional.of(new SortKey.Numbered(Integer.parseInt(number)))
                    : Optional.empty();
        }
        boolean named = last - start == 1 && tokens.isName(start);
        boolean qualified =
                last - start == 3 && tokens.isName(start) && tokens.isChar(start + 1, '.') && tokens.isName(last - 1);
        if (named || qualified && onlyColumnOfItsName(tokens, start, last - 1)) {
            return Optional.of(new SortKey.Named(tokens.name(last - 1)));
        }
        return Optional.empty();
    }

    /** Whether all that the text names so is this table's column: then the result's column of that name is it, too. */
    private static boolean onlyColumnOfItsName(Tokens tokens, int table, int column) {
        String name = tokens.name(column);
        for (int i = 0; i < tokens.size(); i++) {
            boolean same = tokens.isName(i) && tokens.name(i).equals(name);
            if (same
                    && !(tokens.isChar(i - 1, '.')
                            && tokens.isName(i - 2)
                            && tokens.name(i - 2).equals(tokens.name(table)))) {
                return false;
            }
        }
        return true;
    }
}
