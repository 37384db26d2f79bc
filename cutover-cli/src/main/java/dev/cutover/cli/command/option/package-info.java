/** Options that several commands share. */
@org.jspecify.annotations.NullMarked
package dev.cutover.cli.command.option;
