/** Updates of all rows of a table in place, in chunks. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.transform;
