/** Marks: the keys of rows that resync must carry. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.mark;
