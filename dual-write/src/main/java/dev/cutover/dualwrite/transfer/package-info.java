/** Rows on their way from one database to another, as text. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.transfer;
