// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Bounds how many tenants are recovered at the same time, so that a start with many moving tenants leaves time for clients. Tenants
 * that lie on the same clusters share a bound: those of a cluster that does not answer delay no others. Threads take turns in
 * order.
 */
public final class RecoveryTurns {
    private static final int AT_ONCE = 4;

    private final Map<String, Semaphore> byClusters = new ConcurrentHashMap<>();

    /** A permit of it is one recovery. */
    Semaphore of(TenantConfig tenant) {
        String clusters = Stream.of(tenant.blue(), tenant.green())
                .filter(side -> side != null)
                .map(SideConfig::cluster)
                .collect(Collectors.toCollection(TreeSet::new))
                .toString();
        return byClusters.computeIfAbsent(clusters, name -> new Semaphore(AT_ONCE, true));
    }
}
