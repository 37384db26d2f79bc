// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tokens of one statement: those of {@code tokens} from {@code from} to before {@code to}. Never empty. */
public record Phrase(Tokens tokens, int from, int to) {

    /** What a statement is, and what it leaves behind in its session. */
    public record Finding(Intent intent, Set<SessionEffect> effects) {
        static Finding of(Intent intent) {
            return new Finding(intent, Intent.NO_EFFECTS);
        }

        static Finding of(Intent intent, SessionEffect... effects) {
            return new Finding(intent, Set.of(effects));
        }

        static Finding opaque(String reason) {
            return of(new Intent.Opaque(reason));
        }
    }

    boolean word(int i, String word) {
        return i < to && tokens.isWord(i, word);
    }

    boolean anyWord(int i, String... words) {
        return i < to && tokens.isAnyWord(i, words);
    }

    boolean symbol(int i, char c) {
        return i < to && tokens.isChar(i, c);
    }

    boolean name(int i) {
        return i < to && tokens.isName(i);
    }

    /** The index behind {@code word} if it stands at i, else i. */
    int skip(int i, String word) {
        return word(i, word) ? i + 1 : i;
    }

    /** The index behind {@code IF [NOT] EXISTS} if it stands at i, else i. */
    int skipIfExists(int i) {
        return word(i, "if") ? skip(skip(i + 1, "not"), "exists") : i;
    }

    /** The index of the first {@code word} outside parentheses from i on, or {@link #to}. */
    int find(int i, String word) {
        int depth = 0;
        for (int k = i; k < to; k++) {
            if (tokens.isChar(k, '(')) {
                depth++;
            } else if (tokens.isChar(k, ')')) {
                depth--;
            } else if (depth == 0 && tokens.isWord(k, word)) {
                return k;
            }
        }
        return to;
    }

    /** Whether a name from here on is this one, however it is spelled. */
    boolean mayContainName(int i, String name) {
        for (int k = i; k < to; k++) {
            if (tokens.mayBeName(k, name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the word stands anywhere from i on, in parentheses too. */
    boolean contains(int i, String word) {
        for (int k = i; k < to; k++) {
            if (tokens.isWord(k, word)) {
                return true;
            }
        }
        return false;
    }

    /** The index behind a name that may have dots in it. */
    int afterName(int i) {
        int k = i + 1;
        while (symbol(k, '.') && name(k + 1)) {
            k += 2;
        }
        return k;
    }

    /** The last part of the possibly qualified name at i, or null if no name stands there. */
    @Nullable String lastNamePart(int i) {
        return name(i) ? tokens.name(afterName(i) - 1) : null;
    }

    /** The client's whole text, with its comments, if it holds no other statement; else this statement's part of it. */
    String text() {
        for (int k = 0; k < tokens.size(); k++) {
            if ((k < from || k >= to) && !tokens.isChar(k, ';')) {
                return textFrom(from);
            }
        }
        return tokens.text();
    }

    /** The client's text from the start of token i to the end of the last one. */
    String textFrom(int i) {
        return tokens.text().substring(tokens.start(i), tokens.end(to - 1));
    }
}
