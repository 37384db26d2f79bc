// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Finds the names of given schemas in front of a table, view, sequence or index.
 *
 * <p>In {@code a.b}, {@code a} is a schema only where the grammar expects a relation, as behind {@code FROM}. Elsewhere it may be
 * an alias. In {@code a.b.c} it is a schema if the text also has {@code a.b} as a relation. A string constant counts if it becomes
 * a {@code regclass}. Functions, types and operators do not count: a schema may hold an extension's.
 */
public final class SchemaNames {
    /** One relation follows. All are reserved words. */
    private static final Set<String> RELATION_FOLLOWS = Set.of("into", "only", "lateral", "references");
    /** A list of relations follows. All are reserved words. */
    private static final Set<String> RELATIONS_FOLLOW = Set.of("join", "table", "using");
    /** Relations follow if the statement begins with the word; elsewhere it may be a column's name. */
    private static final Set<String> VERBS =
            Set.of("truncate", "copy", "lock", "analyze", "analyse", "vacuum", "cluster", "reindex");
    /** Relations follow in DDL; elsewhere the word may be a column's name. */
    private static final Set<String> IN_DDL =
            Set.of("view", "sequence", "index", "concurrently", "inherit", "partition");
    /** Ends a list of relations. */
    private static final Set<String> OTHER_CLAUSE = Set.of(
            "where",
            "group",
            "having",
            "order",
            "limit",
            "offset",
            "fetch",
            "for",
            "union",
            "intersect",
            "except",
            "window",
            "returning",
            "set",
            "values",
            "select",
            "when",
            "then",
            "to",
            "with",
            "add",
            "alter");
    /** Their arguments may hold FROM. */
    private static final Set<String> FROM_INSIDE = Set.of("extract", "substring", "trim", "overlay", "position");

    private static final Set<String> DDL = Set.of("create", "alter", "drop", "comment", "grant", "revoke", "security");
    /** Objects that are not relations. */
    private static final Set<String> OTHER_OBJECTS = Set.of(
            "function",
            "procedure",
            "routine",
            "aggregate",
            "type",
            "domain",
            "collation",
            "statistics",
            "operator",
            "conversion",
            "configuration",
            "dictionary",
            "parser",
            "template",
            "class",
            "family");

    private static final Set<String> TAKES_REGCLASS = Set.of(
            "nextval",
            "currval",
            "setval",
            "to_regclass",
            "pg_get_serial_sequence",
            "pg_sequence_last_value",
            "pg_table_size",
            "pg_relation_size",
            "pg_total_relation_size",
            "pg_indexes_size",
            "has_table_privilege",
            "has_sequence_privilege",
            "has_column_privilege");

    private final Tokens tokens;
    private final Set<String> schemas;
    private final List<Name> relations = new ArrayList<>();
    private final Set<String> relationNames = new HashSet<>();
    private final List<Integer> threeParts = new ArrayList<>();
    private final List<Boolean> inList = new ArrayList<>(List.of(false));
    private final List<Boolean> fromIsClause = new ArrayList<>(List.of(true));
    private String verb = "";
    private boolean queryBegun;
    private boolean expects;
    private final Map<String, String> elsewhere = new HashMap<>();

    /**
     * One occurrence.
     *
     * @param schema which it is
     * @param start where its name begins in the text
     * @param quoted whether it is inside a string constant, where a quote is written twice
     */
    public record Name(String schema, int start, int end, boolean quoted) {}

    /**
     * What was found.
     *
     * @param names in the order of the text
     * @param elsewhere what names a schema where no other can be put in its place, by schema
     */
    public record Found(List<Name> names, Map<String, String> elsewhere) {}

    private SchemaNames(Tokens tokens, Set<String> schemas) {
        this.tokens = tokens;
        this.schemas = schemas;
    }

    /** Whether the text may name one of the schemas at all. Looks at each character once for each schema; true too often. */
    public static boolean mayAppear(String sql, Set<String> schemas) {
        for (String schema : schemas) {
            if (appears(sql, schema.replace("\"", "\"\""))) {
                return true;
            }
        }
        return false;
    }

    private static boolean appears(String sql, String name) {
        char lower = Character.toLowerCase(name.charAt(0));
        char upper = Character.toUpperCase(name.charAt(0));
        int last = sql.length() - name.length();
        for (int at = 0; at <= last; at++) {
            char c = sql.charAt(at);
            if ((c == lower || c == upper)
                    && sql.regionMatches(true, at, name, 0, name.length())
                    && (at == 0 || !Lexer.isIdentifierPart(sql.charAt(at - 1)))) {
                return true;
            }
        }
        return false;
    }

    public static Found find(String sql, Set<String> schemas) {
        SchemaNames names = new SchemaNames(Lexer.lex(sql), schemas);
        names.run();
        names.relations.sort((a, b) -> Integer.compare(a.start(), b.start()));
        return new Found(List.copyOf(names.relations), Map.copyOf(names.elsewhere));
    }

    private void run() {
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.isChar(i, '(') || tokens.isChar(i, '[')) {
                open(i);
            } else if (tokens.isChar(i, ')') || tokens.isChar(i, ']')) {
                close();
            } else if (tokens.isChar(i, ';')) {
                endOfStatement();
            } else if (tokens.isChar(i, ',')) {
                expects = inList.get(inList.size() - 1);
            } else if (tokens.is(i, Token.STRING)) {
                string(i);
                expects = false;
            } else if (tokens.isName(i)) {
                i = name(i);
            } else {
                expects = false;
            }
        }
        for (int i : threeParts) {
            if (relationNames.contains(tokens.name(i + 2))) {
                add(i);
            }
        }
    }

    private void open(int i) {
        inList.add(expects);
        fromIsClause.add(!(tokens.is(i - 1, Token.WORD) && FROM_INSIDE.contains(tokens.lower(i - 1))));
        // Behind INHERITS stands a list of tables.
        if (tokens.isWord(i - 1, "inherits")) {
            inList.set(inList.size() - 1, true);
            expects = true;
        }
    }

    private void close() {
        if (inList.size() > 1) {
            inList.remove(inList.size() - 1);
            fromIsClause.remove(fromIsClause.size() - 1);
        }
        expects = false;
    }

    private void endOfStatement() {
        inList.clear();
        inList.add(false);
        fromIsClause.clear();
        fromIsClause.add(true);
        verb = "";
        queryBegun = false;
        expects = false;
    }

    /** @return the last token that belongs to it */
    private int name(int i) {
        boolean chain = tokens.isChar(i + 1, '.') && !tokens.isChar(i - 1, '.');
        if (chain && schemas.contains(tokens.name(i))) {
            return qualified(i);
        }
        if (chain || tokens.isChar(i - 1, '.') || !tokens.is(i, Token.WORD)) {
            expects = false;
            return i;
        }
        word(i, tokens.lower(i));
        return i;
    }

    /** @return the last token that belongs to it */
    private int qualified(int i) {
        boolean threeParts = tokens.isChar(i + 3, '.');
        boolean call = tokens.isChar(i + 3, '(')
                && (tokens.isAnyWord(i - 1, "from", "join", "lateral", "using")
                        || tokens.isChar(i - 1, ',')
                        || tokens.isChar(i - 1, '('));
        boolean relation = expects && !call;
        if (relation) {
            add(i);
            if (tokens.isName(i + 2)) {
                relationNames.add(tokens.name(i + 2));
            }
        } else if (threeParts && !expects) {
            this.threeParts.add(i);
        } else if (DDL.contains(verb) && tokens.is(i - 1, Token.WORD) && OTHER_OBJECTS.contains(tokens.lower(i - 1))) {
            elsewhere.put(tokens.name(i), upper(verb + " " + tokens.lower(i - 1)));
        }
        expects = false;
        return i + 2;
    }

    private void add(int i) {
        relations.add(new Name(tokens.name(i), tokens.start(i), tokens.end(i), false));
    }

    private void word(int i, String word) {
        int depth = inList.size() - 1;
        if (verb.isEmpty()) {
            verb = word;
        }
        if (word.equals("select")) {
            // Or a privilege.
            queryBegun = !verb.equals("grant") && !verb.equals("revoke");
        }
        boolean insideDdl = (DDL.contains(verb) || VERBS.contains(verb)) && !queryBegun;
        if (word.equals("update")) {
            expects = updates(i);
        } else if (word.equals("from")) {
            expects = fromIsClause.get(depth) && !tokens.isWord(i - 1, "distinct");
            inList.set(depth, expects || inList.get(depth));
        } else if (word.equals("column")) {
            // Elsewhere the name of a column follows.
            expects = verb.equals("comment");
        } else if (word.equals("exists")) {
            expects = tokens.isWord(i - 1, "if") || tokens.isWord(i - 1, "not") && tokens.isWord(i - 2, "if");
        } else if (word.equals("on")) {
            expects = insideDdl;
            inList.set(depth, inList.get(depth) || insideDdl);
        } else if (word.equals("of") || word.equals("like") || word.equals("by")) {
            expects = insideDdl
                    && (tokens.isWord(i - 1, "partition")
                            || tokens.isWord(i - 1, "owned")
                            || word.equals("like") && (tokens.isChar(i - 1, '(') || tokens.isChar(i - 1, ',')));
        } else if (word.equals("schema")) {
            schema(i);
        } else if (RELATION_FOLLOWS.contains(word)) {
            expects = true;
        } else if (RELATIONS_FOLLOW.contains(word)
                || VERBS.contains(word) && word.equals(verb) && depth == 0
                || IN_DDL.contains(word) && insideDdl) {
            expects = true;
            inList.set(depth, true);
        } else if (OTHER_CLAUSE.contains(word)) {
            expects = false;
            inList.set(depth, false);
        } else if (!word.equals("if") && !word.equals("not")) {
            expects = false;
        }
    }

    /** Whether the UPDATE at i begins a statement, perhaps inside another one, and is not a column's name or a lock clause. */
    private boolean updates(int i) {
        return !tokens.isName(i - 1) && !tokens.isChar(i - 1, ',') && !tokens.isChar(i - 1, '.')
                || tokens.isAnyWord(i - 1, "as", "explain", "analyze", "verbose");
    }

    /** SCHEMA, in front of a schema's name. */
    private void schema(int i) {
        expects = false;
        int at = tokens.isWord(i + 1, "if") ? i + 3 : i + 1;
        if (!tokens.isName(at) || !schemas.contains(tokens.name(at))) {
            return;
        }
        if (tokens.isWord(i - 1, "in")) {
            add(at);
        } else if (verb.equals("drop") || verb.equals("alter")) {
            elsewhere.put(
                    tokens.name(at), tokens.isWord(i - 1, "set") ? "ALTER ... SET SCHEMA" : upper(verb + " schema"));
        }
    }

    private void string(int i) {
        String raw = tokens.raw(i);
        if (body(i)) {
            body(raw, verb.equals("do") ? "DO" : "the body of a function");
            return;
        }
        boolean regclass =
                tokens.raw(Math.min(i + 1, tokens.size() - 1)).equals("::") && tokens.isWord(i + 2, "regclass")
                        || tokens.isWord(i - 1, "regclass")
                        || tokens.isWord(i + 1, "as") && tokens.isWord(i + 2, "regclass")
                        || tokens.isChar(i - 1, '(')
                                && tokens.is(i - 2, Token.WORD)
                                && TAKES_REGCLASS.contains(tokens.lower(i - 2));
        if (!regclass || !raw.startsWith("'") || raw.indexOf('\'', 1) != raw.length() - 1) {
            return;
        }
        Tokens inside = Lexer.lex(raw.substring(1, raw.length() - 1));
        if (inside.size() == 3
                && inside.isName(0)
                && inside.isChar(1, '.')
                && inside.isName(2)
                && schemas.contains(inside.name(0))) {
            int start = tokens.start(i) + 1;
            relations.add(new Name(inside.name(0), start + inside.start(0), start + inside.end(0), true));
        }
    }

    /** Whether the string is code: of DO, or of a function. */
    private boolean body(int i) {
        return verb.equals("do") || verb.equals("create") && tokens.isWord(i - 1, "as");
    }

    private void body(String raw, String what) {
        int open = raw.startsWith("$") ? raw.indexOf('$', 1) + 1 : raw.indexOf('\'') + 1;
        Tokens code = Lexer.lex(raw.substring(open, raw.length() - (raw.startsWith("$") ? open : 1)));
        for (int i = 0; i < code.size(); i++) {
            if (code.isName(i)
                    && code.isChar(i + 1, '.')
                    && !code.isChar(i - 1, '.')
                    && schemas.contains(code.name(i))) {
                elsewhere.put(code.name(i), what);
            }
        }
    }

    private static String upper(String words) {
        return words.toUpperCase(Locale.ROOT);
    }
}
