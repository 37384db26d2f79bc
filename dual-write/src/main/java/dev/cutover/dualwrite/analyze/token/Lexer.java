// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.token;

/**
 * PostgreSQL's lexical rules (chapter "Lexical Structure" of the manual) with {@code standard_conforming_strings} on.
 * One pass, no look-back; comments and white space yield no token.
 */
public final class Lexer {
    private static final String OPERATOR_CHARS = "~!@#^&|`?+-*/%<>=";
    /** A longer operator may end in + or - only if it holds one of these. */
    private static final String FREE_OPERATOR_CHARS = "~!@#^&|`?%";

    private final String text;
    private final int length;
    private final Tokens tokens;
    private int at;

    private Lexer(String text) {
        this.text = text;
        this.length = text.length();
        this.tokens = new Tokens(text);
    }

    public static Tokens lex(String text) {
        Lexer lexer = new Lexer(text);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < length) {
            char c = text.charAt(at);
            if (isSpace(c)) {
                at++;
            } else if (isIdentifierStart(c)) {
                wordOrPrefixedString(c);
            } else if (c >= '0' && c <= '9' || c == '.' && isDigit(peek(1))) {
                number();
            } else if (c == '\'') {
                string(at, at, false);
            } else if (c == '"') {
                quotedName(at, at);
            } else if (c == '-' && peek(1) == '-') {
                at = endOfLine(at);
            } else if (c == '/' && peek(1) == '*') {
                blockComment();
            } else if (c == '$') {
                parameterOrDollarString();
            } else {
                symbol(c);
            }
        }
    }

    private void wordOrPrefixedString(char first) {
        int start = at;
        char next = peek(1);
        if (next == '\'') {
            switch (first) {
                case 'e', 'E' -> {
                    string(start, start + 1, true);
                    return;
                }
                case 'b', 'B', 'x', 'X', 'n', 'N' -> {
                    string(start, start + 1, false);
                    return;
                }
                default -> {}
            }
        } else if (next == '&' && (first == 'u' || first == 'U')) {
            char quote = peek(2);
            if (quote == '\'') {
                string(start, start + 2, false);
                return;
            } else if (quote == '"') {
                quotedName(start, start + 2);
                return;
            }
        }
        at++;
        while (at < length && isIdentifierPart(text.charAt(at))) {
            at++;
        }
        tokens.add(Token.WORD, start, at);
    }

    private void number() {
        int start = at;
        if (text.charAt(at) == '0' && "xXoObB".indexOf(peek(1)) >= 0) {
            at += 2;
            while (at < length && isIdentifierPart(text.charAt(at))) {
                at++;
            }
            tokens.add(Token.NUMBER, start, at);
            return;
        }
        digits();
        if (peek(0) == '.' && peek(1) != '.') {
            at++;
            digits();
        }
        if (peek(0) == 'e' || peek(0) == 'E') {
            int sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
            if (isDigit(peek(1 + sign))) {
                at += 1 + sign;
                digits();
            }
        }
        addNumber(Token.NUMBER, start);
    }

    /** PostgreSQL refuses letters that follow a number without a space; before release 15 it began a new word there. */
    private void addNumber(Token kind, int start) {
        boolean junk = isIdentifierStart(peek(0));
        while (isIdentifierPart(peek(0))) {
            at++;
        }
        tokens.add(junk ? Token.BROKEN : kind, start, at);
    }

    private void digits() {
        while (isDigit(peek(0)) || peek(0) == '_' && isDigit(peek(1))) {
            at++;
        }
    }

    private void string(int start, int quote, boolean escapes) {
        int i = quote + 1;
        while (true) {
            i = closingQuote(i, '\'', escapes);
            if (i < 0) {
                broken(start);
                return;
            }
            int continued = continuation(i + 1);
            if (continued < 0) {
                at = i + 1;
                tokens.add(Token.STRING, start, at);
                return;
            }
            i = continued + 1;
        }
    }

    private int closingQuote(int from, char quote, boolean escapes) {
        for (int i = from; i < length; i++) {
            char c = text.charAt(i);
            if (c == '\\' && escapes) {
                i++;
            } else if (c == quote) {
                if (i + 1 < length && text.charAt(i + 1) == quote) {
                    i++;
                } else {
                    return i;
                }
            }
        }
        return -1;
    }

    /** A string continues in the next quote when only white space with a line break (or line comments) lies between. */
    private int continuation(int from) {
        boolean lineBreak = false;
        int i = from;
        while (i < length) {
            char c = text.charAt(i);
            if (c == '\n' || c == '\r') {
                lineBreak = true;
            } else if (c == '-' && i + 1 < length && text.charAt(i + 1) == '-') {
                i = endOfLine(i) - 1;
            } else if (!isSpace(c)) {
                return c == '\'' && lineBreak ? i : -1;
            }
            i++;
        }
        return -1;
    }

    private void quotedName(int start, int quote) {
        int end = closingQuote(quote + 1, '"', false);
        if (end < 0) {
            broken(start);
            return;
        }
        at = end + 1;
        tokens.add(Token.QUOTED, start, at);
    }

    private void blockComment() {
        int start = at;
        int depth = 0;
        int i = at;
        while (i + 1 < length) {
            char c = text.charAt(i);
            char next = text.charAt(i + 1);
            if (c == '/' && next == '*') {
                depth++;
                i += 2;
            } else if (c == '*' && next == '/') {
                i += 2;
                if (--depth == 0) {
                    at = i;
                    return;
                }
            } else {
                i++;
            }
        }
        broken(start);
    }

    private void parameterOrDollarString() {
        int start = at;
        if (isDigit(peek(1))) {
            at++;
            while (isDigit(peek(0))) {
                at++;
            }
            addNumber(Token.PARAMETER, start);
            return;
        }
        int i = at + 1;
        while (i < length && text.charAt(i) != '$') {
            char c = text.charAt(i);
            if (!isIdentifierStart(c) && (i == at + 1 || !isDigit(c))) {
                broken(start);
                return;
            }
            i++;
        }
        if (i >= length) {
            broken(start);
            return;
        }
        String tag = text.substring(start, i + 1);
        int close = text.indexOf(tag, i + 1);
        if (close < 0) {
            broken(start);
            return;
        }
        at = close + tag.length();
        tokens.add(Token.STRING, start, at);
    }

    private void symbol(char c) {
        int start = at;
        if (OPERATOR_CHARS.indexOf(c) >= 0) {
            at = endOfOperator();
            tokens.add(Token.OPERATOR, start, at);
        } else if ("()[],;.:".indexOf(c) >= 0) {
            char next = peek(1);
            at += c == ':' && (next == ':' || next == '=') || c == '.' && next == '.' ? 2 : 1;
            tokens.add(Token.PUNCTUATION, start, at);
        } else {
            at++;
            tokens.add(Token.BROKEN, start, at);
        }
    }

    private int endOfOperator() {
        int start = at;
        int i = at;
        boolean free = false;
        while (i < length) {
            char c = text.charAt(i);
            if (OPERATOR_CHARS.indexOf(c) < 0 || i > start && startsComment(i)) {
                break;
            }
            free |= FREE_OPERATOR_CHARS.indexOf(c) >= 0;
            i++;
        }
        while (!free && i - start > 1 && (text.charAt(i - 1) == '+' || text.charAt(i - 1) == '-')) {
            i--;
        }
        return i;
    }

    private boolean startsComment(int i) {
        return text.startsWith("--", i) || text.startsWith("/*", i);
    }

    private void broken(int start) {
        tokens.add(Token.BROKEN, start, length);
        at = length;
    }

    private int endOfLine(int from) {
        int i = from;
        while (i < length && text.charAt(i) != '\n' && text.charAt(i) != '\r') {
            i++;
        }
        return i;
    }

    private char peek(int ahead) {
        return at + ahead < length ? text.charAt(at + ahead) : '\0';
    }

    static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isIdentifierStart(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= '\u0080';
    }

    public static boolean isIdentifierPart(char c) {
        return isIdentifierStart(c) || isDigit(c) || c == '$';
    }
}
