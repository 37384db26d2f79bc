/** Exit codes, and the failure that leads to one. */
@org.jspecify.annotations.NullMarked
package dev.cutover.cli.exit;
