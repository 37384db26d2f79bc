// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All tenants by the database name that their clients use. Tenants come and go with the configuration. */
public final class RouteTable {
    private volatile Map<String, TenantRouting> byDatabase;

    private RouteTable(Map<String, TenantRouting> byDatabase) {
        this.byDatabase = byDatabase;
    }

    public static RouteTable of(Collection<TenantRouting> tenants) {
        Map<String, TenantRouting> byDatabase = new LinkedHashMap<>();
        for (TenantRouting tenant : tenants) {
            TenantRouting other = byDatabase.putIfAbsent(tenant.clientDatabase(), tenant);
            if (other != null) {
                throw new IllegalArgumentException("tenants " + other.tenant() + " and " + tenant.tenant()
                        + " have the same database " + tenant.clientDatabase());
            }
        }
        return new RouteTable(byDatabase);
    }

    /** From now on clients may come for this tenant too. */
    public synchronized void add(TenantRouting tenant) {
        Map<String, TenantRouting> more = new LinkedHashMap<>(byDatabase);
        more.put(tenant.clientDatabase(), tenant);
        byDatabase = more;
    }

    /** From now on no client may come for this tenant. */
    public synchronized void remove(TenantRouting tenant) {
        Map<String, TenantRouting> fewer = new LinkedHashMap<>(byDatabase);
        fewer.remove(tenant.clientDatabase(), tenant);
        byDatabase = fewer;
    }

    /** The tenant whose clients name this database; null if there is none. */
    public @Nullable TenantRouting find(String database) {
        return byDatabase.get(database);
    }

    public Collection<TenantRouting> tenants() {
        return byDatabase.values();
    }
}
