/** Replication connections, which pass as they are. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.client.replication;
