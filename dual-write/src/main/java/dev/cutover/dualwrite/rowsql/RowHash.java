// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.rowsql;

import static java.util.stream.Collectors.joining;

import java.util.List;

/**
 * The SQL expression of a row's hash, a {@code bigint}: rows of equal texts have equal ones, whichever database they are in.
 *
 * <p>The hash of each column seeds that of the next. To put the columns together into one text, as a cast of the row does, takes
 * about as long again as to hash them. A text that is there is told from NULL by a character before it.
 */
public final class RowHash {
    /** As deep as a query's expressions are nested without coming near {@code max_stack_depth}. */
    private static final int MOST_NESTED = 64;

    private RowHash() {}

    /** @param texts an expression of type text for each column */
    public static String of(List<String> texts) {
        if (texts.size() > MOST_NESTED) {
            return hash(texts.stream().collect(joining(", ", "ROW(", ")::text")), "0");
        }
        String hash = "0";
        for (String text : texts) {
            hash = hash("coalesce('=' || " + text + ", '')", hash);
        }
        return hash;
    }

    private static String hash(String text, String seed) {
        return "hashtextextended((" + text + ") COLLATE \"C\", " + seed + ")";
    }
}
