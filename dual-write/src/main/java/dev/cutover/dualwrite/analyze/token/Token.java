// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.token;

/** The classes of token that PostgreSQL's lexer knows, as far as analysis tells them apart. */
public enum Token {
    /** A keyword or an identifier without quotes. */
    WORD,
    /** {@code "name"} or {@code U&"name"}. */
    QUOTED,
    /** Any string constant: plain, E, U&, N, B, X or dollar-quoted, with its continuations. */
    STRING,
    NUMBER,
    /** {@code $1}. */
    PARAMETER,
    /** One of {@code ( ) [ ] , ; .} or {@code : :: := ..}. */
    PUNCTUATION,
    OPERATOR,
    /** A string, comment or quoted name that never ends, a number with letters behind it, or a character that begins no token. */
    BROKEN
}
