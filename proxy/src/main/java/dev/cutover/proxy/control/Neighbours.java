package dev.cutover.proxy.control;

import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.TenantRoles;
import dev.cutover.dualwrite.schema.MaintenanceReach;
import dev.cutover.dualwrite.schema.Obstacle;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The tenants that share a database and the maintenance role with one tenant, and are not trusted by it. */
record Neighbours(TenantConfig tenant, Collection<TenantConfig> all) {
    /**
     * What the code of the tenant could reach through the maintenance role.
     *
     * @param connection of the maintenance role, to the database of the side
     */
    List<Obstacle> reached(Connection connection, SideConfig side) throws SQLException {
        Map<String, String> schemas = schemas(side);
        if (schemas.isEmpty()) {
            return List.of();
        }
        List<String> own = sides(tenant)
                .filter(place -> place.sameDatabase(side))
                .map(place -> Objects.requireNonNull(place.schema()))
                .toList();
        Map<List<String>, List<String>> found = new LinkedHashMap<>();
        for (MaintenanceReach.Reached reached : MaintenanceReach.of(connection, own, schemas.keySet())) {
            String other = Objects.requireNonNull(schemas.get(reached.schema()));
            found.computeIfAbsent(List.of(reached.author(), other), key -> new ArrayList<>())
                    .add(reached.schema());
        }
        List<Obstacle> obstacles = new ArrayList<>();
        found.forEach((key, reached) -> obstacles.add(obstacle(own, key.get(0), key.get(1), reached)));
        return obstacles;
    }

    private Obstacle obstacle(List<String> own, String author, String other, List<String> reached) {
        return new Obstacle(
                "role " + author + " can create code in schema " + String.join(" or ", own) + " that maintenance role "
                        + user(tenant) + " runs, and that role also owns tables of tenant " + other + " in "
                        + String.join(", ", reached),
                "give tenant " + tenant.name() + " a maintenance role of its own, with a schema for it in tenants."
                        + tenant.name() + ".maintenance.schema; or, if the two tenants trust each other, add "
                        + tenant.name() + " to tenants." + other + ".shares-roles-with");
    }

    /** The neighbours' schemas in the side's database, each with its tenant's name. */
    private Map<String, String> schemas(SideConfig side) {
        Map<String, String> schemas = new LinkedHashMap<>();
        for (TenantConfig other : all) {
            boolean neighbour = !other.name().equals(tenant.name())
                    && user(other).equals(user(tenant))
                    && !TenantRoles.trust(tenant, other);
            if (neighbour) {
                sides(other)
                        .filter(place -> place.schema() != null && place.sameDatabase(side))
                        .forEach(place -> schemas.put(place.schema(), other.name()));
            }
        }
        return schemas;
    }

    private static Stream<SideConfig> sides(TenantConfig tenant) {
        return Stream.of(Side.values()).map(tenant::side).filter(Objects::nonNull);
    }

    private static String user(TenantConfig tenant) {
        MaintenanceConfig maintenance = tenant.maintenance();
        return maintenance == null ? "" : maintenance.login().user();
    }
}
