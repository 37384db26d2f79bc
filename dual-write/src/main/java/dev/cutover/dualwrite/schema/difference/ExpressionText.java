// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reduces expressions as PostgreSQL prints them, so that those of two sides compare equal if only the types of columns differ. A
 * {@code varchar} column is printed as {@code lower((name)::text)}, a {@code text} column as {@code lower(name)}. What stands in
 * quotes stays as it is.
 */
public final class ExpressionText {
    private static final Pattern CAST =
            Pattern.compile("::(?:\"[^\"]+\"|[a-z_][a-z0-9_.$]*(?: [a-z]+)*)(?:\\([0-9, ]+\\))?(?:\\[\\])?");
    private static final Pattern WIDENING =
            Pattern.compile("::(?:text|character varying|bigint)(?![\\w$(])(?:\\[\\])?");
    private static final Pattern NUMBER_IN_QUOTES = Pattern.compile("'(-?[0-9.]+)'");
    private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'");
    private static final Pattern MASKED = Pattern.compile("'([0-9]+)'");

    private static final String WORD = "(?:\"[^\"]+\"|[\\w$]+)";
    private static final Pattern BRACKETED =
            Pattern.compile("(?<![\\w$\"])\\((" + WORD + "(?:\\." + WORD + ")*|'[0-9]+'|ARRAY\\[[^\\[\\]()]*\\])\\)");

    private ExpressionText() {}

    /** The text without casts, brackets around single values, and quotes around numbers; and without brackets around all of it. */
    static String plain(String expression) {
        String plain = reduced(expression, CAST).strip();
        return bracketed(plain) ? plain(plain.substring(1, plain.length() - 1)) : plain;
    }

    /**
     * The text without casts to {@code text}, {@code varchar} and {@code bigint}, and without brackets around single values. Other
     * casts stay: {@code created::date} names other rows than {@code created}.
     */
    static String widened(String definition) {
        return reduced(definition, WIDENING);
    }

    private static String reduced(String text, Pattern casts) {
        List<String> literals = new ArrayList<>();
        String masked = QUOTED.matcher(text).replaceAll(quoted -> mask(quoted, literals));
        String before;
        String reduced = casts.matcher(masked).replaceAll("");
        do {
            before = reduced;
            reduced = BRACKETED.matcher(before).replaceAll("$1");
        } while (!reduced.equals(before));
        String restored = MASKED.matcher(reduced)
                .replaceAll(number -> Matcher.quoteReplacement(literals.get(Integer.parseInt(number.group(1)))));
        return NUMBER_IN_QUOTES.matcher(restored).replaceAll("$1");
    }

    private static String mask(MatchResult quoted, List<String> literals) {
        if (quoted.group().startsWith("\"")) {
            return Matcher.quoteReplacement(quoted.group());
        }
        literals.add(quoted.group());
        return "'" + (literals.size() - 1) + "'";
    }

    /** Whether the first bracket is closed by the last one. */
    private static boolean bracketed(String text) {
        if (!text.startsWith("(") || !text.endsWith(")")) {
            return false;
        }
        int depth = 0;
        for (int i = 0; i < text.length() - 1; i++) {
            depth += text.charAt(i) == '(' ? 1 : text.charAt(i) == ')' ? -1 : 0;
            if (depth == 0) {
                return false;
            }
        }
        return true;
    }
}
