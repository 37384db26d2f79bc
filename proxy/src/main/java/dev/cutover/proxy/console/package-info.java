/** The admin database, which answers SHOW and other commands of psql. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.console;
