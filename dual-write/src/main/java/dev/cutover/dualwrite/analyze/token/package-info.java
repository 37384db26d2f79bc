/** Splits a text into the tokens of PostgreSQL's lexer. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.analyze.token;
