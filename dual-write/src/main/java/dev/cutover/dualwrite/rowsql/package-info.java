/** SQL that reads and writes the rows of both sides. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.rowsql;
