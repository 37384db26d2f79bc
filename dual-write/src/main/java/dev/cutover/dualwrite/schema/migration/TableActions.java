// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The actions of an ALTER TABLE on a table that clients use. */
final class TableActions {
    private static final Set<String> SERIAL =
            Set.of("serial", "bigserial", "smallserial", "serial2", "serial4", "serial8");
    /** Without parentheses, or with none but empty ones, they are the same for all rows of a statement. */
    private static final Set<String> STABLE = Set.of(
            "now",
            "current_timestamp",
            "current_date",
            "current_time",
            "localtimestamp",
            "localtime",
            "current_user",
            "session_user");

    private final Tokens tokens;
    private final int from;
    private final int to;

    private final Set<String> domains;

    /** @param domains that the same script makes */
    TableActions(Tokens tokens, int from, int to, Set<String> domains) {
        this.tokens = tokens;
        this.from = from;
        this.to = to;
        this.domains = domains;
    }

    /** Of the first that is not additive; null if all are. */
    @Nullable String problem() {
        int begin = from;
        int depth = 0;
        for (int i = from; i < to; i++) {
            depth += tokens.isChar(i, '(') || tokens.isChar(i, '[') ? 1 : 0;
            depth -= tokens.isChar(i, ')') || tokens.isChar(i, ']') ? 1 : 0;
            if (depth == 0 && tokens.isChar(i, ',')) {
                String problem = action(begin, i);
                if (problem != null) {
                    return problem;
                }
                begin = i + 1;
            }
        }
        return action(begin, to);
    }

    private @Nullable String action(int begin, int end) {
        if (tokens.isWord(begin, "add")) {
            return add(begin + 1, end);
        }
        if (tokens.isWord(begin, "alter")) {
            return alterColumn(tokens.isWord(begin + 1, "column") ? begin + 3 : begin + 2);
        }
        if (tokens.isWord(begin, "validate")) {
            return null;
        }
        if (tokens.isAnyWord(begin, "drop", "rename")) {
            return "clients may use what it removes or renames";
        }
        return "it is not known to be additive";
    }

    private @Nullable String add(int at, int end) {
        if (tokens.isAnyWord(at, "constraint", "check", "unique", "primary", "foreign", "exclude", "not")) {
            return "writes of clients may violate the constraint";
        }
        int name = at;
        if (tokens.isWord(name, "column")) {
            name++;
        }
        if (tokens.isWord(name, "if")) {
            name += 3;
        }
        int type = name + 1;
        if (tokens.isName(type) && SERIAL.contains(tokens.name(type))) {
            return "it rewrites the table";
        }
        int last = tokens.isChar(type + 1, '.') ? type + 2 : type;
        if (tokens.isName(last) && domains.contains(tokens.name(last))) {
            return "it may rewrite the table: its type is a domain";
        }
        return column(type, end);
    }

    private @Nullable String column(int type, int end) {
        boolean notNull = false;
        boolean hasDefault = false;
        for (int i = type; i < end; i++) {
            if (tokens.isAnyWord(i, "unique", "primary", "references", "check", "constraint")) {
                return "writes of clients may violate the constraint";
            }
            if (tokens.isWord(i, "generated")) {
                return "it rewrites the table";
            }
            if (tokens.isWord(i, "default")) {
                hasDefault = !isNull(i + 1);
                if (!constant(i + 1, end)) {
                    return "it may rewrite the table: its default is not a constant";
                }
            }
            notNull |= tokens.isWord(i, "not") && tokens.isWord(i + 1, "null");
        }
        return notNull && !hasDefault ? "INSERTs of clients that do not know the column would fail" : null;
    }

    /** Whether a default has the same value for all rows: it calls nothing that is not known to be stable. */
    private boolean constant(int begin, int end) {
        for (int i = begin; i < end; i++) {
            boolean calls = tokens.isName(i) && tokens.isChar(i + 1, '(');
            boolean type = i > begin && tokens.raw(i - 1).equals("::");
            boolean qualified = tokens.isChar(i - 1, '.') && !tokens.isWord(i - 2, "pg_catalog");
            boolean stable = tokens.is(i, Token.WORD) && STABLE.contains(tokens.lower(i)) && !qualified;
            if (calls && !type && !stable) {
                return false;
            }
        }
        return true;
    }

    private boolean isNull(int at) {
        int i = at;
        while (tokens.isChar(i, '(')) {
            i++;
        }
        return tokens.isWord(i, "null");
    }

    /** @param at what is done to the column */
    private @Nullable String alterColumn(int at) {
        if (tokens.isWord(at, "set") && tokens.isWord(at + 1, "default") && !isNull(at + 2)) {
            return null;
        }
        if (tokens.isWord(at, "set") && tokens.isAnyWord(at + 1, "statistics", "storage", "compression")) {
            return null;
        }
        if (tokens.isWord(at, "drop") && tokens.isWord(at + 1, "not")) {
            return null;
        }
        if (tokens.isWord(at, "type") || tokens.isWord(at, "set") && tokens.isWord(at + 1, "data")) {
            return "it may rewrite the table, and changes the type of results";
        }
        return "writes of clients may fail, or have other values";
    }
}
