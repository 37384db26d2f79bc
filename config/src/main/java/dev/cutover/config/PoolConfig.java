// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.time.Duration;

/**
 * How the connections to one cluster are kept. A duration of zero means never, {@code checkDelay} excepted.
 *
 * @param size the most backend connections this proxy opens to the cluster, over all event loops; default 20
 * @param minIdle how many idle ones are kept for each database and role in use, over all event loops; default 0
 * @param idleTimeout how long a connection may be idle before it is closed, beyond {@code minIdle}; default 10m
 * @param maxLifetime how old a connection may become, less up to a tenth so that not all end at once; default 1h
 * @param checkDelay after how long an idleness a connection is asked whether it still lives before a client gets it;
 *     zero asks each time; default 30s
 */
public record PoolConfig(int size, int minIdle, Duration idleTimeout, Duration maxLifetime, Duration checkDelay) {
    public static final PoolConfig DEFAULT = new PoolConfig(20);

    /** With the defaults of all but the size. */
    public PoolConfig(int size) {
        this(size, 0, Duration.ofMinutes(10), Duration.ofHours(1), Duration.ofSeconds(30));
    }
}
