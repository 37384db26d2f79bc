/** The commands about campaigns. */
@org.jspecify.annotations.NullMarked
package dev.cutover.cli.command.campaign;
