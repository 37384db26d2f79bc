/** Compares the objects of the two sides. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.schema.difference;
