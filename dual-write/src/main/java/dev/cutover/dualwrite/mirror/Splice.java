// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.analyze.statement.WriteStatement.Item;
import dev.cutover.dualwrite.analyze.statement.WriteStatement.Returning;
import dev.cutover.dualwrite.model.SqlText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The pieces of the client's own text that go into a rewritten statement: what stands before RETURNING, and the
 * expressions of the RETURNING list. Nothing is printed from a tree; every piece is checked to be what it should be.
 *
 * @param head the text up to RETURNING, comments in front included
 * @param columns what the client wants returned; empty if it has no RETURNING
 */
public record Splice(String head, List<Column> columns) {
    /**
     * One result column: its expression as SQL text, and its name.
     *
     * @param start where the client wrote the expression; -1 if it is one of those that {@code *} stands for
     */
    record Column(String expression, String name, int start) {}

    /** Names of this kind are the rewrite's own; a text that holds one is left alone. */
    private static final String OWN_NAMES = "cutover_";

    private static final String RETURNING = "returning";

    /** Why the text cannot be spliced, or null if it can. */
    static @Nullable String doubt(String sql, WriteStatement write) {
        if (sql.toLowerCase(Locale.ROOT).contains(OWN_NAMES)) {
            return "it holds a name that begins with " + OWN_NAMES;
        } else if (sql.lastIndexOf(';', write.start() - 1) >= 0) {
            return "a semicolon stands in front of it";
        }
        Returning returning = write.returning();
        if (returning == null) {
            return inOrder(0, write.start(), write.end(), sql.length()) ? null : "its parts are out of order";
        }
        int keyword = returning.keywordStart();
        if (!sql.regionMatches(true, keyword, RETURNING, 0, RETURNING.length())) {
            return "RETURNING is not where it should be";
        }
        int behind = keyword + RETURNING.length();
        for (Item item : returning.items()) {
            if (!inOrder(behind, item.start(), item.end(), write.end()) || item.start() == item.end()) {
                return "its RETURNING list is out of order";
            }
            behind = item.end();
        }
        return inOrder(write.start(), keyword, write.end(), sql.length()) ? null : "its parts are out of order";
    }

    /** @param allColumns what {@code *} stands for */
    public static Splice of(String sql, WriteStatement write, List<String> allColumns) {
        Returning returning = write.returning();
        if (returning == null) {
            return new Splice(sql.substring(0, write.end()), List.of());
        }
        List<Column> columns = new ArrayList<>();
        for (Item item : returning.items()) {
            String name = item.name();
            if (name != null) {
                columns.add(new Column(sql.substring(item.start(), item.end()), name, item.start()));
            } else {
                for (String column : allColumns) {
                    columns.add(new Column(write.qualifier() + '.' + SqlText.identifier(column), column, -1));
                }
            }
        }
        return new Splice(sql.substring(0, returning.keywordStart()), List.copyOf(columns));
    }

    private static boolean inOrder(int a, int b, int c, int d) {
        return 0 <= a && a <= b && b <= c && c <= d;
    }
}
