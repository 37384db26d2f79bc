/** What survives a restart: the control database and the connections to the sides. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.store;
