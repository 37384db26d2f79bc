// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds tenants that would be in each other's way. Not safe for use by several threads. */
public final class TenantClashes {
    private final TenantPlaces places;
    private final TenantRoles roles;
    private final Map<String, String> databases = new HashMap<>();

    /** @param clusters those that the tenants' sides name */
    public TenantClashes(Map<String, ClusterConfig> clusters) {
        places = new TenantPlaces(clusters);
        roles = new TenantRoles(clusters);
    }

    /**
     * Why a tenant cannot be beside the others.
     *
     * @param key of the tenant's entry in the file
     */
    public record Clash(String key, String problem) {}

    /** Why a tenant cannot be beside those that were added; null if it can. */
    public @Nullable Clash find(TenantConfig tenant) {
        String sameDatabase = databases.get(tenant.database());
        if (sameDatabase != null) {
            return new Clash(
                    "database", "\"" + tenant.database() + "\" is already the database of tenant " + sameDatabase);
        }
        for (Side side : Side.values()) {
            SideConfig place = tenant.side(side);
            Clash clash = place == null ? null : find(tenant, side, place);
            if (clash != null) {
                return clash;
            }
        }
        String holder = places.holderOfMarks(tenant);
        if (holder != null) {
            return new Clash("maintenance.schema", "is also a side of tenant " + holder);
        }
        TenantRoles.Shared shared = roles.find(tenant);
        return shared == null
                ? null
                : new Clash(
                        "users",
                        shared.line() + "; give each tenant roles of its own in users, or, if they trust each other,"
                                + " set shares-roles-with: [" + shared.with() + "] here");
    }

    private @Nullable Clash find(TenantConfig tenant, Side side, SideConfig place) {
        String holder = places.holder(tenant, place);
        if (holder != null) {
            return new Clash(
                    side.label(), "is also a side of tenant " + holder + "; tenants that move cannot share a schema");
        }
        String keeper = places.keeper(tenant, place);
        return keeper == null
                ? null
                : new Clash(
                        side.label() + ".schema", "is the schema in which the marks of tenant " + keeper + " are kept");
    }

    public void add(TenantConfig tenant) {
        databases.putIfAbsent(tenant.database(), tenant.name());
        places.add(tenant);
        roles.add(tenant);
    }
}
