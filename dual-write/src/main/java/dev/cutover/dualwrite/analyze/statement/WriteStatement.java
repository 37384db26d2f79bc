// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.statement;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a single-table write that the rewrite needs. Offsets are char indexes into the client's text, so that
 * the rewrite can splice the text the client wrote and never has to print SQL from a tree.
 *
 * @param schema as written, or null; folded to lower case unless quoted
 * @param table folded the same
 * @param qualifier what RETURNING must put before the target's columns: the alias if there is one, else the table name,
 *     as a quoted identifier
 * @param assigned columns named in SET (UPDATE) or ON CONFLICT DO UPDATE SET; empty for DELETE
 * @param joins whether other relations stand beside the target (FROM, USING)
 * @param end where the statement ends and RETURNING may be inserted, without a trailing semicolon
 * @param returning the client's RETURNING list, or null if it has none
 */
public record WriteStatement(
        Kind kind,
        @Nullable String schema,
        String table,
        String qualifier,
        Set<String> assigned,
        boolean joins,
        int start,
        int end,
        @Nullable Returning returning) {
    public enum Kind {
        INSERT,
        UPDATE,
        DELETE
    }

    /** @param keywordStart where the word RETURNING begins */
    public record Returning(int keywordStart, List<Item> items) {}

    /**
     * One item of a RETURNING list.
     *
     * @param start where its expression begins (an alias excluded)
     * @param end where its expression ends
     * @param name the result column's name, as PostgreSQL would name it; null for {@code *} of the target
     */
    public record Item(int start, int end, @Nullable String name) {
        public boolean star() {
            return name == null;
        }
    }
}
