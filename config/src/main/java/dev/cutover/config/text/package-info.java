/** Messages of one line. */
@org.jspecify.annotations.NullMarked
package dev.cutover.config.text;
