// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

/**
 * One backend connection, as an operator wants to see it.
 *
 * @param state {@code active} while it is lent, {@code idle} in its pool
 * @param server address and port
 */
public record BackendView(PoolKey key, int pid, String state, String server) {}
