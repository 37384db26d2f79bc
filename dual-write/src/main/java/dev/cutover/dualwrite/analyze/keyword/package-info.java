/** Recognizes statements by their first words. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.analyze.keyword;
