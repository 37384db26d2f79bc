// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/**
 * A PostgreSQL server that sides lie on.
 *
 * @param name the key under {@code clusters}
 * @param endpoint where it listens; default port 5432
 * @param pool how connections of clients to it are kept
 * @param tls default disable
 */
public record ClusterConfig(String name, Endpoint endpoint, PoolConfig pool, ClusterTls tls) {
    /** Without TLS, and with the defaults of all but the pool's size. */
    public ClusterConfig(String name, Endpoint endpoint, int poolSize) {
        this(name, endpoint, new PoolConfig(poolSize), ClusterTls.DISABLED);
    }
}
