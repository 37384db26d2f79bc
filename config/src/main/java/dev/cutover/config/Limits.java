// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.time.Duration;

/**
 * How much clients may take. A number or a duration of zero means no limit.
 *
 * @param maxClients connections of clients in all; default 10000
 * @param maxClientsPerTenant sessions of one tenant; default none
 * @param maxClientsPerAddress connections from one address; default none
 * @param loginTimeout how long a client may take to log in; default 60 s, as the server's authentication_timeout
 * @param idleInTransactionTimeout how long a transaction may wait for its client's next message; default none
 * @param queryTimeout how long a query may run before it is cancelled; default none
 * @param poolWaitTimeout how long a transaction may wait for a backend connection; default 30 s
 * @param memory what clients may keep in the proxy's memory
 */
public record Limits(
        int maxClients,
        int maxClientsPerTenant,
        int maxClientsPerAddress,
        Duration loginTimeout,
        Duration idleInTransactionTimeout,
        Duration queryTimeout,
        Duration poolWaitTimeout,
        MemoryLimits memory) {
    public static final Limits DEFAULT =
            new Limits(10_000, 0, 0, Duration.ofSeconds(60), Duration.ZERO, Duration.ZERO, Duration.ofSeconds(30));

    /** With the default limits of memory. */
    public Limits(
            int maxClients,
            int maxClientsPerTenant,
            int maxClientsPerAddress,
            Duration loginTimeout,
            Duration idleInTransactionTimeout,
            Duration queryTimeout,
            Duration poolWaitTimeout) {
        this(
                maxClients,
                maxClientsPerTenant,
                maxClientsPerAddress,
                loginTimeout,
                idleInTransactionTimeout,
                queryTimeout,
                poolWaitTimeout,
                MemoryLimits.DEFAULT);
    }

    /** The same with other limits of memory. */
    public Limits with(MemoryLimits other) {
        return new Limits(
                maxClients,
                maxClientsPerTenant,
                maxClientsPerAddress,
                loginTimeout,
                idleInTransactionTimeout,
                queryTimeout,
                poolWaitTimeout,
                other);
    }
}
