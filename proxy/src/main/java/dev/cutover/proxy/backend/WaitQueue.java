// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a connection: first come, first served within a tenant, and the tenants take turns. However many of one
 * tenant wait, another tenant's first is served within one round. Not safe for use by many threads at once.
 */
final class WaitQueue<W> {
    /** In the order of their turns; none is empty. */
    private final Map<String, Deque<W>> byTenant = new LinkedHashMap<>();

    private int size;

    int size() {
        return size;
    }

    void forEach(Consumer<W> action) {
        byTenant.values().forEach(waiters -> waiters.forEach(action));
    }

    void add(String tenant, W waiter) {
        byTenant.computeIfAbsent(tenant, first -> new ArrayDeque<>()).add(waiter);
        size++;
    }

    /** Who comes first among those that fit, by turns; null if none does. */
    @Nullable W first(Predicate<W> fits) {
        for (Deque<W> waiters : byTenant.values()) {
            for (W waiter : waiters) {
                if (fits.test(waiter)) {
                    return waiter;
                }
            }
        }
        return null;
    }

    /** The waiter is served: it is its tenant's turn last now. */
    void serve(String tenant, W waiter) {
        if (remove(tenant, waiter)) {
            Deque<W> others = byTenant.remove(tenant);
            if (others != null) {
                byTenant.put(tenant, others);
            }
        }
    }

    /** The waiter waits no more. @return false if it did not wait */
    boolean remove(String tenant, W waiter) {
        Deque<W> waiters = byTenant.get(tenant);
        if (waiters == null || !waiters.remove(waiter)) {
            return false;
        }
        size--;
        if (waiters.isEmpty()) {
            byTenant.remove(tenant);
        }
        return true;
    }
}
