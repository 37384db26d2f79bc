/** Commands that move a tenant. */
@org.jspecify.annotations.NullMarked
package dev.cutover.cli.command.move;
