// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which sides of tenants lie in the same place. Two clusters of the file may be one server.
 *
 * @param clusters those that the tenants' sides name
 */
public record TenantPlaces(Map<String, ClusterConfig> clusters) {
    /** Whether two sides lie in one database. */
    public boolean sameDatabase(SideConfig one, SideConfig other) {
        return one.database().equals(other.database()) && endpoint(one).equals(endpoint(other));
    }

    /** The side of a tenant that is also a side of another one; null if there is none. Tenants that do not move may share a schema. */
    public @Nullable Side sharedSide(TenantConfig tenant, TenantConfig other) {
        if (!tenant.movable() && !other.movable()) {
            return null;
        }
        for (Side side : Side.values()) {
            SideConfig place = tenant.side(side);
            for (Side otherSide : Side.values()) {
                SideConfig otherPlace = other.side(otherSide);
                if (place != null
                        && otherPlace != null
                        && sameDatabase(place, otherPlace)
                        && Objects.equals(place.schema(), otherPlace.schema())) {
                    return side;
                }
            }
        }
        return null;
    }

    /** Whether a side lies where the keeper's marks are kept. */
    public boolean keepsMarks(TenantConfig keeper, SideConfig place) {
        MaintenanceConfig maintenance = keeper.maintenance();
        SideConfig green = keeper.green();
        return maintenance != null
                && maintenance.schema().equals(place.schema())
                && (sameDatabase(place, keeper.blue()) || green != null && sameDatabase(place, green));
    }

    private Endpoint endpoint(SideConfig side) {
        return SameServers.of(clusters, side.cluster());
    }
}
