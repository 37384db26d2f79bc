// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells the statements of a migration that clients of the old version may not bear, or that hold them up: those that are not additive. What
 * it does not know is not additive. A table that the same script makes is nobody's yet, so everything may be done to it, as long as it is
 * named in the same way.
 *
 * <p>Locks and rewrites are those of the manual's chapters "Explicit Locking" and "ALTER TABLE".
 */
public final class AdditiveCheck {
    private static final int LONGEST_SHOWN = 100;
    private static final String UNKNOWN = "it is not known to be additive";
    private static final String CHANGES_ROWS = "it changes or locks rows that clients use";
    private static final String LOCKS_REFERENCED = "it locks the table that it references";
    private static final Set<String> HARMLESS = Set.of("comment", "grant", "begin", "commit");
    private static final Set<String> NEW_OBJECTS =
            Set.of("view", "sequence", "type", "domain", "function", "procedure", "schema", "aggregate");

    private final Tokens tokens;
    /** With their schemas, where the script names them. */
    private final Set<String> made = new HashSet<>();

    private final Set<String> domains = new HashSet<>();
    private final List<Breaking> breaking = new ArrayList<>();

    /**
     * A statement that is not additive.
     *
     * @param line where it begins, from 1
     * @param statement its beginning, in one line
     * @param why what it breaks
     */
    public record Breaking(int line, String statement, String why) {}

    private AdditiveCheck(Tokens tokens) {
        this.tokens = tokens;
    }

    /** The statements of a script that are not additive, in their order. */
    public static List<Breaking> breaking(String script) {
        AdditiveCheck check = new AdditiveCheck(Lexer.lex(script));
        check.run();
        return List.copyOf(check.breaking);
    }

    /** Splits at semicolons outside of parentheses and of SQL-standard bodies. */
    private void run() {
        int from = 0;
        int depth = 0;
        boolean body = false;
        for (int i = 0; i < tokens.size(); i++) {
            depth += tokens.isChar(i, '(') ? 1 : tokens.isChar(i, ')') ? -1 : 0;
            body |= tokens.isWord(i, "atomic") && tokens.isWord(i - 1, "begin") && makesRoutine(from);
            if (tokens.isChar(i, ';') && depth <= 0 && !body) {
                judge(from, i);
                from = i + 1;
                depth = 0;
            } else if (body && tokens.isWord(i, "end") && tokens.isChar(i + 1, ';')) {
                body = false;
            }
        }
        judge(from, tokens.size());
    }

    private boolean makesRoutine(int from) {
        int kind = tokens.isWord(from + 1, "or") ? from + 3 : from + 1;
        return tokens.isWord(from, "create") && tokens.isAnyWord(kind, "function", "procedure");
    }

    private void judge(int from, int to) {
        if (from >= to) {
            return;
        }
        String why = null;
        for (int i = from; i < to && why == null; i++) {
            why = tokens.is(i, Token.BROKEN) ? "it cannot be read" : null;
        }
        if (why == null) {
            why = problem(from, to);
        }
        if (why != null) {
            breaking.add(new Breaking(line(from), shown(from, to), why));
        }
    }

    private int line(int token) {
        return 1
                + (int) tokens.text()
                        .substring(0, tokens.start(token))
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
    }

    private String shown(int from, int to) {
        String statement =
                tokens.text().substring(tokens.start(from), tokens.end(to - 1)).replaceAll("\\s+", " ");
        return statement.length() <= LONGEST_SHOWN ? statement : statement.substring(0, LONGEST_SHOWN - 3) + "...";
    }

    private @Nullable String problem(int from, int to) {
        String first = tokens.lower(from);
        if (HARMLESS.contains(first)) {
            return null;
        }
        return switch (first) {
            case "select" -> QueryCheck.select(tokens, from, to);
            case "insert" -> QueryCheck.insert(tokens, from, to);
            case "set" -> SettingCheck.problem(tokens, from + 1, to);
            case "create" -> create(from + 1, to);
            case "alter" -> alter(from + 1, to);
            case "drop", "truncate" -> "what it removes may be in use";
            case "update", "delete", "merge" -> CHANGES_ROWS;
            case "refresh" -> contains(from, to, "concurrently") ? null : "it blocks readers of the view while it runs";
            case "reindex" -> contains(from, to, "concurrently") ? null : "it blocks writes while it runs";
            default -> UNKNOWN;
        };
    }

    private boolean contains(int from, int to, String word) {
        for (int i = from; i < to; i++) {
            if (tokens.isWord(i, word)) {
                return true;
            }
        }
        return false;
    }

    private @Nullable String create(int at, int to) {
        int i = at;
        if (tokens.isWord(i, "or")) {
            return "it replaces what clients may use";
        }
        if (tokens.isAnyWord(i, "table", "unlogged")) {
            return createTable(i + (tokens.isWord(i, "unlogged") ? 2 : 1), to);
        }
        if (tokens.isAnyWord(i, "index", "unique")) {
            return createIndex(i, to);
        }
        if (tokens.isAnyWord(i, "materialized", "recursive")) {
            i++;
        }
        if (tokens.isWord(i, "domain")) {
            domains.add(bareName(i + 1, to));
        }
        if (tokens.is(i, Token.WORD) && NEW_OBJECTS.contains(tokens.lower(i))) {
            return null;
        }
        if (tokens.isAnyWord(i, "trigger", "policy", "rule")) {
            int on = indexOf(i, to, tokens.isWord(i, "rule") ? "to" : "on");
            return on < to && isNew(on + 1, to) ? null : "it changes what happens to clients' statements";
        }
        return UNKNOWN;
    }

    private @Nullable String createTable(int at, int to) {
        int i = at;
        if (tokens.isWord(i, "if")) {
            // IF NOT EXISTS: the table may be one that clients use.
            i += 3;
        } else {
            made.add(name(i, to));
        }
        for (int j = i; j < to; j++) {
            if (tokens.isWord(j, "of") && tokens.isWord(j - 1, "partition") && !isNew(j + 1, to)) {
                return "it locks the partitioned table";
            }
            if (tokens.isWord(j, "inherits")) {
                return "queries of the table that it inherits from would have its rows, too";
            }
        }
        return references(i, to) ? LOCKS_REFERENCED : null;
    }

    private boolean references(int from, int to) {
        for (int i = from; i < to; i++) {
            if (tokens.isWord(i, "references") && !isNew(i + 1, to)) {
                return true;
            }
        }
        return false;
    }

    private @Nullable String createIndex(int at, int to) {
        boolean unique = tokens.isWord(at, "unique");
        int on = indexOf(at, to, "on");
        int table = tokens.isWord(on + 1, "only") ? on + 2 : on + 1;
        if (on < to && isNew(table, to)) {
            return null;
        }
        if (unique) {
            return "writes of clients may violate it";
        }
        return contains(at, on, "concurrently") ? null : "it blocks writes while it is built; say CONCURRENTLY";
    }

    private @Nullable String alter(int at, int to) {
        if (tokens.isWord(at, "type")) {
            int value = indexOf(at, to, "value");
            return value < to && tokens.isWord(value - 1, "add") ? null : "clients may use the type as it was";
        }
        if (!tokens.isWord(at, "table")) {
            return tokens.isWord(at, "default") && tokens.isWord(at + 1, "privileges") ? null : UNKNOWN;
        }
        int i = at + 1;
        if (tokens.isWord(i, "if")) {
            i += 2;
        }
        if (tokens.isWord(i, "only")) {
            i++;
        }
        return isNew(i, to)
                ? alterNew(name(i, to), afterName(i, to), to)
                : new TableActions(tokens, afterName(i, to), to, domains).problem();
    }

    /** What is done to a table that the script has made may concern another one. @param at behind the name */
    private @Nullable String alterNew(String table, int at, int to) {
        if (tokens.isWord(at, "attach") && !isNew(at + 2, to) || tokens.isWord(at, "inherit") && !isNew(at + 1, to)) {
            return "it locks the other table, and changes what queries have";
        }
        boolean renamed = tokens.isWord(at, "rename") && tokens.isWord(at + 1, "to");
        if (renamed || tokens.isWord(at, "set") && tokens.isWord(at + 1, "schema")) {
            // Its name may mean another table from here on.
            made.remove(table);
        }
        if (renamed) {
            made.add(table.substring(0, table.lastIndexOf('.') + 1) + name(at + 2, to));
        }
        return references(at, to) ? LOCKS_REFERENCED : null;
    }

    private int indexOf(int from, int to, String word) {
        int i = from;
        while (i < to && !tokens.isWord(i, word)) {
            i++;
        }
        return i;
    }

    /** Behind a name, with its schema or without. */
    private int afterName(int at, int to) {
        int i = at + 1;
        while (i + 1 < to && tokens.isChar(i, '.')) {
            i += 2;
        }
        return i;
    }

    private String bareName(int at, int to) {
        int last = afterName(at, to) - 1;
        return last < to && tokens.isName(last) ? tokens.name(last) : "";
    }

    /** With its schema, if that is named; a point within a name is as good as one between two. */
    private String name(int at, int to) {
        StringBuilder name = new StringBuilder();
        for (int i = at; i < Math.min(to, afterName(at, to)); i++) {
            name.append(tokens.isName(i) ? tokens.name(i) : tokens.raw(i));
        }
        return name.toString();
    }

    private boolean isNew(int at, int to) {
        return at < to && made.contains(name(at, to));
    }
}
