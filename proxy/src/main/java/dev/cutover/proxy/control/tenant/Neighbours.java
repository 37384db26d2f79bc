// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.SameServers;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.TenantRoles;
import dev.cutover.dualwrite.schema.Obstacle;
import dev.cutover.dualwrite.schema.privilege.MaintenanceReach;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The tenants that share a database with one tenant, and of which neither trusts the other. */
public record Neighbours(TenantConfig tenant, Collection<TenantConfig> all, Map<String, ClusterConfig> clusters) {
    /**
     * What the code of the tenant could reach through its maintenance role, and who could reach the tenant in this way.
     *
     * @param connection to the database of the side
     */
    public List<Obstacle> reached(Connection connection, SideConfig side) throws SQLException {
        List<Obstacle> obstacles = new ArrayList<>();
        for (TenantConfig other : all) {
            if (!other.name().equals(tenant.name())
                    && !TenantRoles.trust(tenant, other)
                    && !schemas(other, side).isEmpty()) {
                reached(connection, side, tenant, other, obstacles);
                reached(connection, side, other, tenant, obstacles);
            }
        }
        return obstacles;
    }

    private void reached(
            Connection connection, SideConfig side, TenantConfig from, TenantConfig to, List<Obstacle> obstacles)
            throws SQLException {
        MaintenanceConfig maintenance = from.maintenance();
        if (maintenance == null) {
            return;
        }
        List<String> own = schemas(from, side);
        List<String> others = new ArrayList<>(schemas(to, side));
        MaintenanceConfig ofTheOther = to.maintenance();
        if (ofTheOther != null && !ofTheOther.schema().equals(maintenance.schema())) {
            others.add(ofTheOther.schema());
        }
        List<String> transitions = all.stream()
                .map(TenantConfig::maintenance)
                .filter(Objects::nonNull)
                .map(MaintenanceConfig::schema)
                .toList();
        String user = maintenance.login().user();
        Map<String, List<MaintenanceReach.Reached>> found = new LinkedHashMap<>();
        for (MaintenanceReach.Reached reached :
                MaintenanceReach.of(connection, user, own, from.searchPath(), others, transitions)) {
            found.computeIfAbsent(reached.author(), author -> new ArrayList<>()).add(reached);
        }
        found.forEach((author, all) -> obstacles.add(new Obstacle(
                "role " + author + " can have code of its own called in schema " + String.join(" or ", own) + " ("
                        + all.get(0).how() + "); maintenance role " + user + " runs it, and that role also reaches "
                        + String.join(
                                ", ",
                                all.stream()
                                        .map(MaintenanceReach.Reached::schema)
                                        .toList())
                        + " of tenant " + to.name(),
                "take that right from " + author + "; or give tenant " + from.name()
                        + " a maintenance role that is a member of its own owner only, with a schema for it in tenants."
                        + from.name() + ".maintenance.schema; or, if the two tenants trust each other, add "
                        + from.name()
                        + " to tenants." + to.name() + ".shares-roles-with")));
    }

    /** The schemas of a tenant's sides in the database that a side lies in. */
    private List<String> schemas(TenantConfig of, SideConfig side) {
        return Stream.of(Side.values())
                .map(of::side)
                .filter(place -> place != null && place.schema() != null && sameDatabase(place, side))
                .map(place -> Objects.requireNonNull(place.schema()))
                .toList();
    }

    /** A cluster may have two names. */
    private boolean sameDatabase(SideConfig one, SideConfig other) {
        return one.database().equals(other.database()) && Objects.equals(endpoint(one), endpoint(other));
    }

    private Object endpoint(SideConfig side) {
        return clusters.containsKey(side.cluster()) ? SameServers.of(clusters, side.cluster()) : side.cluster();
    }
}
