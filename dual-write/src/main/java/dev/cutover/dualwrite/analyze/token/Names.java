// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.token;

/** PostgreSQL's rules for identifiers: folding what is not quoted, quoting what is printed. */
public final class Names {
    private Names() {}

    /** Folds an identifier without quotes as PostgreSQL does in a UTF-8 database: ASCII letters only. */
    public static String fold(String identifier) {
        return fold(identifier, 0, identifier.length());
    }

    static String fold(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            if (isUpper(text.charAt(i))) {
                char[] folded = new char[end - start];
                text.getChars(start, end, folded, 0);
                for (int j = i - start; j < folded.length; j++) {
                    if (isUpper(folded[j])) {
                        folded[j] = (char) (folded[j] + ('a' - 'A'));
                    }
                }
                return new String(folded);
            }
        }
        return text.substring(start, end);
    }

    /** The identifier in double quotes, fit to be printed into SQL. */
    public static String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    private static boolean isUpper(char c) {
        return c >= 'A' && c <= 'Z';
    }
}
