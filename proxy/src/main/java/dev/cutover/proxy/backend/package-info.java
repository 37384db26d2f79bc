/** Connections to PostgreSQL servers and the pools that lend them out. */
@NullMarked
package dev.cutover.proxy.backend;

import org.jspecify.annotations.NullMarked;
