/** Commands that run a proxy in this process, or signal one. */
@org.jspecify.annotations.NullMarked
package dev.cutover.cli.command.process;
