// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.time.Instant;

/**
 * A proxy that is alive, as {@code cutover proxies} shows it.
 *
 * @param number its number in the fleet, which no other live proxy has
 * @param address where clients reach it
 * @param configuration digest of its configuration; proxies with another one do not agree on the tenants
 * @param sessions the clients that it had when it renewed its lease last
 * @param leaseMillis what is left of its lease, by the control database's clock
 * @param self whether it is the proxy that answers
 * @param leads how many tenants' operations it runs
 * @param draining whether it was asked to drain
 */
public record ProxyStatus(
        int number,
        String address,
        String version,
        String configuration,
        int sessions,
        Instant startedAt,
        long leaseMillis,
        boolean self,
        long leads,
        boolean draining) {}
