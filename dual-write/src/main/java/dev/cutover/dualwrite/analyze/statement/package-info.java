/** What an analysis says about a statement. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.analyze.statement;
