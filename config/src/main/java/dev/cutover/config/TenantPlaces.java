// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * In which schemas tenants lie, and in which their marks are kept. Two clusters of the file may be one server. Each question costs the
 * same, however many tenants there are.
 */
final class TenantPlaces {
    private final Map<String, Endpoint> servers;
    private final Map<Place, Holders> holders = new HashMap<>();
    private final Map<Place, String> keepers = new HashMap<>();

    /** @param schema null: the tenant leaves {@code search_path} alone */
    private record Place(
            Endpoint server, String database, @Nullable String schema) {}

    /** The first tenant of a place, and the first of it that can move. */
    private record Holders(String first, @Nullable String movable) {}

    TenantPlaces(Map<String, ClusterConfig> clusters) {
        servers = SameServers.of(clusters);
    }

    void add(TenantConfig tenant) {
        String movable = tenant.movable() ? tenant.name() : null;
        sides(tenant)
                .forEach(side -> holders.merge(
                        place(side, side.schema()),
                        new Holders(tenant.name(), movable),
                        (before, now) -> before.movable() == null ? new Holders(before.first(), movable) : before));
        marks(tenant).forEach(place -> keepers.putIfAbsent(place, tenant.name()));
    }

    /**
     * The tenant that lies in the same schema as a side of another one, and must not. Tenants that do not move may share a schema. Null if
     * there is none.
     */
    @Nullable String holder(TenantConfig tenant, SideConfig side) {
        Holders there = holders.get(place(side, side.schema()));
        return there == null ? null : tenant.movable() ? there.first() : there.movable();
    }

    /** The tenant, this or another one, whose marks are kept where a side lies. Null if there is none. */
    @Nullable String keeper(TenantConfig tenant, SideConfig side) {
        Place place = place(side, side.schema());
        return marks(tenant).anyMatch(place::equals) ? tenant.name() : keepers.get(place);
    }

    /** Another tenant of which a side lies where this one's marks would be kept. Null if there is none. */
    @Nullable String holderOfMarks(TenantConfig tenant) {
        return marks(tenant)
                .flatMap(place -> Stream.ofNullable(holders.get(place)))
                .map(Holders::first)
                .findFirst()
                .orElse(null);
    }

    private Stream<Place> marks(TenantConfig tenant) {
        MaintenanceConfig maintenance = tenant.maintenance();
        return maintenance == null ? Stream.empty() : sides(tenant).map(side -> place(side, maintenance.schema()));
    }

    private static Stream<SideConfig> sides(TenantConfig tenant) {
        return Stream.of(Side.values()).flatMap(side -> Stream.ofNullable(tenant.side(side)));
    }

    private Place place(SideConfig side, @Nullable String schema) {
        return new Place(server(side), side.database(), schema);
    }

    private Endpoint server(SideConfig side) {
        return Objects.requireNonNull(servers.get(side.cluster()), "a side's cluster is configured");
    }
}
