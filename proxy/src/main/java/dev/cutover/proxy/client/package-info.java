/** A client's connection, from its startup packet on. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.client;
