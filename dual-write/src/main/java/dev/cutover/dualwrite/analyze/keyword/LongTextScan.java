// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import dev.cutover.dualwrite.analyze.token.Lexer;
import java.util.Locale;
import java.util.Set;

/**
 * Tells whether a text that is too long to be analysed can leave something in its session, other than by functions of the user's:
 * a setting, a lock, a temporary table. Takes the text character by character and keeps nothing of it. Wherever it is in doubt, the
 * text can.
 *
 * <p>It knows strings, quoted names and comments as the {@link Lexer} does. Bytes beyond ASCII count as letters, so that bytes of
 * every encoding that does not hide ASCII will do.
 */
public final class LongTextScan {
    /** Statements that leave nothing but by what they name. */
    private static final Set<String> VERBS =
            Set.of("insert", "update", "delete", "select", "with", "values", "merge", "table");

    private static final Set<String> TEMPORARY = Set.of("temp", "temporary");
    private static final int LONGEST_WORD = 64;

    private enum Place {
        TEXT,
        WORD,
        STRING,
        NAME,
        LINE_COMMENT,
        BLOCK_COMMENT,
        DOLLAR_TAG,
        DOLLAR_STRING
    }

    private final StringBuilder word = new StringBuilder();
    private final StringBuilder tag = new StringBuilder();
    private Place place = Place.TEXT;
    private boolean leavesState;
    private boolean statementBegun;
    private boolean escapes;
    private boolean escaped;
    private int depth;
    /** How much of the tag of a dollar-quoted string has come at its end. */
    private int matched;

    private int last;
    private boolean delimited;

    /** Whether the text can leave something. To be asked when it has come to its end. */
    public boolean leavesState() {
        endWord();
        return leavesState || (place != Place.TEXT && place != Place.WORD && place != Place.LINE_COMMENT);
    }

    public void next(int character) {
        int c = character & 0xffff;
        switch (place) {
            case TEXT -> text(c);
            case WORD -> inWord(c);
            case STRING -> string(c);
            case NAME -> name(c);
            case LINE_COMMENT -> {
                if (c == '\n' || c == '\r') {
                    place = Place.TEXT;
                }
            }
            case BLOCK_COMMENT -> blockComment(c);
            case DOLLAR_TAG -> dollarTag(c);
            case DOLLAR_STRING -> dollarString(c);
        }
        last = delimited ? 0 : c;
        delimited = false;
    }

    /** A character of a delimiter of two begins no other one. */
    private void delimiter() {
        delimited = true;
    }

    private void text(int c) {
        if (isLetter(c)) {
            place = Place.WORD;
            word.append((char) c);
        } else if (c == '\'') {
            begin(Place.STRING);
            escapes = false;
        } else if (c == '"') {
            begin(Place.NAME);
        } else if (c == '-' && last == '-') {
            place = Place.LINE_COMMENT;
        } else if (c == '*' && last == '/') {
            place = Place.BLOCK_COMMENT;
            depth = 1;
            delimiter();
        } else if (c == '$' && !isDigit(last)) {
            begin(Place.DOLLAR_TAG);
            tag.setLength(0);
        } else if (c == ';') {
            statementBegun = false;
        }
    }

    private void begin(Place inside) {
        place = inside;
        escaped = false;
        word.setLength(0);
        statement();
    }

    /** Something that is no word begins here; if it begins a statement, nobody knows which. */
    private void statement() {
        leavesState |= !statementBegun;
        statementBegun = true;
    }

    private void inWord(int c) {
        if (isLetter(c) || isDigit(c) || c == '$') {
            if (word.length() < LONGEST_WORD) {
                word.append((char) c);
            }
            return;
        }
        if (c == '\'') {
            String prefix = word.toString();
            word.setLength(0);
            begin(Place.STRING);
            escapes = prefix.equalsIgnoreCase("e");
            return;
        }
        // U&"..." may spell any name.
        leavesState |= c == '&' && word.toString().equalsIgnoreCase("u");
        endWord();
        place = Place.TEXT;
        text(c);
    }

    private void endWord() {
        if (word.isEmpty()) {
            return;
        }
        String found = word.toString().toLowerCase(Locale.ROOT);
        word.setLength(0);
        if (!statementBegun) {
            statementBegun = true;
            leavesState |= !VERBS.contains(found);
        }
        leavesState |= TEMPORARY.contains(found) || isDangerous(found);
    }

    private static boolean isDangerous(String name) {
        return name.startsWith("pg_temp")
                || name.equals("pg_settings")
                || !KnownFunctions.effects(name).isEmpty();
    }

    private void string(int c) {
        if (escaped) {
            escaped = false;
            // With standard_conforming_strings off the string would not end here.
            leavesState |= !escapes && c == '\'';
            if (escapes || c != '\'') {
                return;
            }
        }
        if (c == '\\') {
            escaped = true;
        } else if (c == '\'') {
            // After a doubled quote the scan begins another string. The result is the same.
            place = Place.TEXT;
        }
    }

    private void name(int c) {
        if (c != '"') {
            if (word.length() < LONGEST_WORD) {
                word.append((char) c);
            }
            return;
        }
        leavesState |= isDangerous(word.toString());
        word.setLength(0);
        place = Place.TEXT;
    }

    private void blockComment(int c) {
        if (c == '*' && last == '/') {
            depth++;
            delimiter();
        } else if (c == '/' && last == '*') {
            depth--;
            delimiter();
            if (depth == 0) {
                place = Place.TEXT;
            }
        }
    }

    private void dollarTag(int c) {
        if (c == '$') {
            place = Place.DOLLAR_STRING;
            matched = 0;
        } else if (isLetter(c) || isDigit(c) && !tag.isEmpty()) {
            tag.append((char) c);
        } else {
            // A parameter.
            place = Place.TEXT;
            text(c);
        }
    }

    /** The end is {@code $tag$}; matched counts from its first dollar. */
    private void dollarString(int c) {
        if (matched > tag.length() && c == '$') {
            place = Place.TEXT;
        } else if (matched > 0 && matched <= tag.length() && c == tag.charAt(matched - 1)) {
            matched++;
        } else {
            matched = c == '$' ? 1 : 0;
        }
    }

    private static boolean isLetter(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
