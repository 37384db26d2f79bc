// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.token;

import java.util.Arrays;
import java.util.Locale;

/**
 * The tokens of a query text, in parallel arrays: a text has many, and an object for each would be most of the work.
 * Positions are UTF-16 indexes into the text; every question about a token may be asked with an index out of range, and
 * is then answered with no.
 */
public final class Tokens {
    private static final Token[] KINDS = Token.values();

    private final String text;
    private byte[] kinds;
    private int[] starts;
    private int[] ends;
    private int size;

    Tokens(String text) {
        this.text = text;
        int expected = Math.max(16, text.length() / 5);
        this.kinds = new byte[expected];
        this.starts = new int[expected];
        this.ends = new int[expected];
    }

    void add(Token kind, int start, int end) {
        if (size == kinds.length) {
            int larger = size * 2;
            kinds = Arrays.copyOf(kinds, larger);
            starts = Arrays.copyOf(starts, larger);
            ends = Arrays.copyOf(ends, larger);
        }
        kinds[size] = (byte) kind.ordinal();
        starts[size] = start;
        ends[size] = end;
        size++;
    }

    public String text() {
        return text;
    }

    public int size() {
        return size;
    }

    public int start(int i) {
        return starts[i];
    }

    public int end(int i) {
        return ends[i];
    }

    public boolean is(int i, Token kind) {
        return i >= 0 && i < size && kinds[i] == kind.ordinal();
    }

    public Token kind(int i) {
        return KINDS[kinds[i]];
    }

    /** Whether token i is this keyword; the word is given in lower case. */
    public boolean isWord(int i, String word) {
        return is(i, Token.WORD)
                && ends[i] - starts[i] == word.length()
                && text.regionMatches(true, starts[i], word, 0, word.length());
    }

    public boolean isAnyWord(int i, String... words) {
        for (String word : words) {
            if (isWord(i, word)) {
                return true;
            }
        }
        return false;
    }

    /** Whether token i is this single punctuation or operator character. */
    public boolean isChar(int i, char c) {
        return i >= 0 && i < size && ends[i] - starts[i] == 1 && text.charAt(starts[i]) == c;
    }

    public boolean isName(int i) {
        return is(i, Token.WORD) || is(i, Token.QUOTED);
    }

    /** Whether the token is this name, quoted or not. {@code U&"..."} may spell any name. */
    public boolean mayBeName(int i, String name) {
        return isWord(i, name) || is(i, Token.QUOTED) && (text.charAt(starts[i]) != '"' || name(i).equals(name));
    }

    /** The token as it stands in the text. */
    public String raw(int i) {
        return text.substring(starts[i], ends[i]);
    }

    /** The number of the parameter that token i is; PostgreSQL has at most 65,535. */
    public int parameter(int i) {
        String raw = raw(i);
        return raw.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(raw.substring(1));
    }

    /** The name that token i denotes: folded to lower case, or stripped of its quotes. */
    public String name(int i) {
        if (kinds[i] != Token.QUOTED.ordinal()) {
            return Names.fold(text, starts[i], ends[i]);
        }
        int open = text.indexOf('"', starts[i]);
        return text.substring(open + 1, ends[i] - 1).replace("\"\"", "\"");
    }

    /** The token in lower case, for look-ups among keywords. */
    public String lower(int i) {
        return raw(i).toLowerCase(Locale.ROOT);
    }

    /** The index of the parenthesis that closes the one at i, or {@code limit} if none does. */
    public int closing(int open, int limit) {
        int depth = 0;
        for (int i = open; i < limit; i++) {
            if (isChar(i, '(')) {
                depth++;
            } else if (isChar(i, ')') && --depth == 0) {
                return i;
            }
        }
        return limit;
    }
}
