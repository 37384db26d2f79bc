/** Commands that declare and remove tenants while the proxy runs. */
@org.jspecify.annotations.NullMarked
package dev.cutover.cli.command.tenant;
