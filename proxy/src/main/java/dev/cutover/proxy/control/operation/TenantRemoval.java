// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.proxy.control.tenant.Tenant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tenants that a changed configuration no longer has. No verb begins on those that can be removed. */
public final class TenantRemoval {
    private final Operations operations;
    private final Map<String, String> refused;
    private final List<Tenant> removable;

    private TenantRemoval(Operations operations, Map<String, String> refused, List<Tenant> removable) {
        this.operations = operations;
        this.refused = refused;
        this.removable = removable;
    }

    static TenantRemoval of(List<Tenant> tenants, Operations operations) {
        Map<String, String> refused = new LinkedHashMap<>();
        List<Tenant> removable = new ArrayList<>();
        for (Tenant tenant : tenants) {
            String reason = operations.reserve(tenant);
            if (reason == null) {
                removable.add(tenant);
            } else {
                refused.put(tenant.name(), reason);
            }
        }
        return new TenantRemoval(operations, refused, removable);
    }

    /** Why tenants must stay, by name. */
    public Map<String, String> refused() {
        return refused;
    }

    /** Nothing is removed after all. */
    public void undo() {
        removable.forEach(tenant -> operations.release(tenant.name()));
    }
}
