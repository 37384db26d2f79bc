// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.time.Duration;
import java.util.List;

/**
 * A PostgreSQL server that sides lie on, or several of which one is the primary.
 *
 * @param name the key under {@code clusters}
 * @param hosts where its servers listen; default port 5432
 * @param failoverTimeout how long transactions wait for a primary if there are several servers
 * @param pool how connections of clients to it are kept
 * @param tls default disable
 */
public record ClusterConfig(
        String name, List<Endpoint> hosts, Duration failoverTimeout, PoolConfig pool, ClusterTls tls) {
    public static final Duration FAILOVER_TIMEOUT = Duration.ofSeconds(30);

    /** @throws IllegalArgumentException if there is no host */
    public ClusterConfig {
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("clusters." + name + ".hosts: names no server");
        }
        hosts = List.copyOf(hosts);
    }

    /** One server. */
    public ClusterConfig(String name, Endpoint endpoint, PoolConfig pool, ClusterTls tls) {
        this(name, List.of(endpoint), FAILOVER_TIMEOUT, pool, tls);
    }

    /** One server, without TLS, and with the defaults of all but the pool's size. */
    public ClusterConfig(String name, Endpoint endpoint, int poolSize) {
        this(name, endpoint, new PoolConfig(poolSize), ClusterTls.DISABLED);
    }

    /** The first of its servers: the only one, where there is one. */
    public Endpoint endpoint() {
        return hosts.get(0);
    }

    /** Whether another server may become the primary. */
    public boolean failsOver() {
        return hosts.size() > 1;
    }
}
