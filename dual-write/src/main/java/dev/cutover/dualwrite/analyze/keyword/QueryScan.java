// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import dev.cutover.dualwrite.analyze.keyword.Phrase.Finding;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.Ddl;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.WriteParser;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A look at every token of a query or a write, without parsing it: which functions it calls, what they leave behind in
 * the session, and whether it holds an INSERT, UPDATE, DELETE or MERGE.
 */
public final class QueryScan {
    private final Phrase phrase;
    private final Tokens tokens;
    private final EnumSet<SessionEffect> effects = EnumSet.noneOf(SessionEffect.class);
    private @Nullable String unknownFunction;
    private @Nullable String mainVerb;
    private boolean innerWrite;
    private int into = -1;

    private QueryScan(Phrase phrase) {
        this.phrase = phrase;
        this.tokens = phrase.tokens();
    }

    /** Finds out about a SELECT, VALUES, TABLE or WITH, also where it stands within another statement. */
    static Finding query(Phrase phrase, WriteParser parser) {
        QueryScan scan = new QueryScan(phrase);
        scan.run();
        Intent intent;
        if (scan.mainVerb != null) {
            intent = scan.write(parser);
        } else if (scan.innerWrite) {
            intent = new Intent.Opaque("a data-modifying WITH clause");
        } else if (scan.into >= 0) {
            intent = scan.selectInto();
        } else if (scan.unknownFunction != null) {
            intent = new Intent.Opaque(unknown(scan.unknownFunction));
        } else {
            intent = new Intent.Read();
        }
        return new Finding(intent, scan.effectSet());
    }

    /** The reason why a statement that calls this function is not understood. */
    static String unknown(String function) {
        return "calls " + function + "(), which is not known to be harmless";
    }

    /** What the functions called in any other statement leave behind. */
    static Set<SessionEffect> effects(Phrase phrase) {
        QueryScan scan = new QueryScan(phrase);
        scan.run();
        return scan.effectSet();
    }

    private Set<SessionEffect> effectSet() {
        return effects.isEmpty() ? Intent.NO_EFFECTS : Set.copyOf(effects);
    }

    private Intent write(WriteParser parser) {
        if (innerWrite) {
            return new Intent.Opaque("a data-modifying WITH clause");
        } else if ("merge".equals(mainVerb)) {
            return new Intent.Opaque("MERGE");
        } else if (unknownFunction != null) {
            return new Intent.Opaque(unknown(unknownFunction));
        }
        return parser.parse(tokens, phrase.from(), phrase.to());
    }

    private void run() {
        int depth = 0;
        for (int i = phrase.from(); i < phrase.to(); i++) {
            if (tokens.isChar(i, '(')) {
                depth++;
                call(i - 1);
            } else if (tokens.isChar(i, ')')) {
                depth--;
            } else if (tokens.is(i, Token.WORD)) {
                word(i, depth);
            }
        }
    }

    private void word(int i, int depth) {
        switch (tokens.text().charAt(tokens.start(i))) {
            case 'i', 'I' -> {
                if (tokens.isWord(i, "insert") && tokens.isWord(i + 1, "into")) {
                    verb(i, depth, "insert");
                } else if (depth == 0
                        && into < 0
                        && tokens.isWord(i, "into")
                        && !tokens.isAnyWord(i - 1, "insert", "merge")) {
                    into = i;
                }
            }
            case 'u', 'U' -> {
                if (tokens.isWord(i, "update")) {
                    if (phrase.name(i + 1)) {
                        verb(i, depth, "update");
                    }
                    settings(i + 1);
                }
            }
            case 'd', 'D' -> {
                if (tokens.isWord(i, "delete") && tokens.isWord(i + 1, "from")) {
                    verb(i, depth, "delete");
                }
            }
            case 'm', 'M' -> {
                if (tokens.isWord(i, "merge") && tokens.isWord(i + 1, "into")) {
                    verb(i, depth, "merge");
                }
            }
            default -> {}
        }
    }

    /** An UPDATE of pg_settings is set_config(), however the target is spelled. */
    private void settings(int target) {
        for (int i = target; i < phrase.to() && !tokens.isWord(i, "set"); i++) {
            if (tokens.mayBeName(i, "pg_settings")) {
                effects.add(SessionEffect.UNTRACKED_SETTING);
                effects.add(SessionEffect.UNTRACKED_PATH);
            }
        }
    }

    /** A write begins a statement, follows the WITH list, or opens a parenthesis; elsewhere the words are names. */
    private void verb(int i, int depth, String verb) {
        boolean first = i == phrase.from();
        if (depth == 0 && (first || tokens.isChar(i - 1, ')'))) {
            mainVerb = mainVerb == null ? verb : mainVerb;
        } else if (tokens.isChar(i - 1, '(') || tokens.isChar(i - 1, ')')) {
            innerWrite = true;
        }
    }

    /** Considers the name before an opening parenthesis as that of a function. */
    private void call(int i) {
        if (i < phrase.from() || !tokens.isName(i) || namesColumns(i)) {
            return;
        }
        String name = tokens.name(i);
        boolean plain = !tokens.isChar(i - 1, '.') || tokens.isWord(i - 2, "pg_catalog");
        Set<SessionEffect> left = KnownFunctions.effects(name);
        if (!left.isEmpty() && !(name.equals("set_config") && isLocal(i + 1))) {
            effects.addAll(left);
            if (name.equals("set_config")
                    && tokens.is(i + 2, Token.STRING)
                    && tokens.lower(i + 2).equals("'search_path'")) {
                effects.add(SessionEffect.UNTRACKED_PATH);
            }
        }
        if (!(plain && isHarmless(i, name))) {
            if (unknownFunction == null) {
                unknownFunction = name;
            }
            if (!plain || !name.equals("set_config")) {
                effects.add(SessionEffect.USER_CODE);
            }
        }
    }

    private boolean isHarmless(int i, String name) {
        return tokens.is(i, Token.QUOTED)
                ? KnownFunctions.isHarmless(name) && !KnownFunctions.isSyntax(name)
                : KnownFunctions.isHarmless(name);
    }

    /**
     * Whether it is {@code set_config('a.b', value, true)}: it ends with its transaction, and a name with a dot is an
     * application's own, which no other statement's meaning hangs on.
     */
    private boolean isLocal(int open) {
        int close = tokens.closing(open, phrase.to());
        return tokens.isWord(close - 1, "true")
                && tokens.isChar(close - 2, ',')
                && tokens.is(open + 1, Token.STRING)
                && tokens.isChar(open + 2, ',')
                && tokens.raw(open + 1).indexOf('.') > 0;
    }

    /** Whether the name at i is followed by a column list: the table of an INSERT, an alias, or a WITH item. */
    private boolean namesColumns(int i) {
        if (tokens.isWord(i, "as") || KnownFunctions.isSyntax(tokens.lower(i))) {
            return false;
        }
        int first = i;
        while (tokens.isChar(first - 1, '.')) {
            first -= 2;
        }
        if (tokens.isWord(first - 1, "into")) {
            return true;
        }
        if (tokens.isAnyWord(i - 1, "as", "with", "recursive") || tokens.isChar(i - 1, ')')) {
            return true;
        }
        int behind = tokens.closing(i + 1, phrase.to()) + 1;
        if (!tokens.isWord(behind, "as")) {
            return false;
        }
        while (tokens.isAnyWord(behind + 1, "not", "materialized")) {
            behind++;
        }
        return tokens.isChar(behind + 1, '(')
                && tokens.isAnyWord(behind + 2, "select", "with", "values", "table", "insert", "update", "delete");
    }

    private Intent selectInto() {
        int name = into + 1;
        boolean temporary = tokens.isAnyWord(name, "temp", "temporary") || tokens.mayBeName(name, "pg_temp");
        while (tokens.isAnyWord(name, "temp", "temporary", "local", "global", "unlogged", "table")) {
            temporary |= tokens.isAnyWord(name, "temp", "temporary");
            name++;
        }
        if (temporary) {
            effects.add(SessionEffect.TEMPORARY_OBJECT);
        }
        String table = phrase.lastNamePart(name);
        return new Ddl("SELECT INTO", table == null ? List.of() : List.of(table));
    }
}
