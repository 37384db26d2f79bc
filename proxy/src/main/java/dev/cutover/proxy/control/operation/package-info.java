/** Runs verbs, one at a time for each tenant, and recovers what an interrupted one has left. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.operation;
