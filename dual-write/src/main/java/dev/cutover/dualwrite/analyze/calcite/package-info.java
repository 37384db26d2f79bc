/**
 * Takes writes apart with a parser generated from Calcite's template; nothing else imports Calcite.
 *
 * <p>The grammar of PostgreSQL's INSERT, UPDATE and DELETE stands in {@code src/main/codegen}; queries and expressions are
 * Calcite's own. Where the two differ in single words and not in structure (casts, operators, string forms, reserved
 * words, locking clauses), the grammar is left alone and the parser is given a {@link
 * dev.cutover.dualwrite.analyze.calcite.Transcript} in words that it knows. That keeps the patches to the template few, and
 * positions exact; it also means that the parser judges structure only, and that names, texts and functions are always
 * read from the client's own tokens.
 */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.analyze.calcite;
