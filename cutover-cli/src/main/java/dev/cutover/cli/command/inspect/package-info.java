/** Commands that change nothing. */
@org.jspecify.annotations.NullMarked
package dev.cutover.cli.command.inspect;
