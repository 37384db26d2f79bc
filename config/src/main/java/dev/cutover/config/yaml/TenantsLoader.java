// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.AdminConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.TenantPlaces;
import dev.cutover.config.TenantRoles;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads {@code tenants}, and refuses tenants that get into each other's way. */
final class TenantsLoader {
    /** It is part of the admin API's paths and of log lines. */
    private static final Pattern TENANT_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}");

    private final Map<String, ClusterConfig> clusters;
    private final TenantPlaces places;
    private final TenantLoader loader;

    TenantsLoader(Map<String, ClusterConfig> clusters, TenantLoader loader) {
        this.clusters = clusters;
        this.places = new TenantPlaces(clusters);
        this.loader = loader;
    }

    Map<String, TenantConfig> load(YamlNode node) throws ConfigException {
        Map<String, TenantConfig> tenants = new LinkedHashMap<>();
        Map<String, String> databases = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> entry : node.children().entrySet()) {
            if (!TENANT_NAME.matcher(entry.getKey()).matches()) {
                throw entry.getValue()
                        .complaint("a tenant's name is made of letters, digits, \"_\", \"-\" and \".\", at most 63");
            }
            TenantConfig tenant = loader.load(entry.getKey(), entry.getValue());
            String before = databases.putIfAbsent(tenant.database(), tenant.name());
            if (before != null) {
                throw entry.getValue()
                        .get("database")
                        .complaint("\"" + tenant.database() + "\" is already the database of tenant " + before);
            }
            if (tenant.database().equals(AdminConfig.DATABASE)) {
                throw entry.getValue()
                        .get("database")
                        .complaint("\"" + AdminConfig.DATABASE + "\" is the name of the admin database; clients of the"
                                + " tenant need another one");
            }
            refuseSharedSchema(entry.getValue(), tenant, tenants.values());
            tenants.put(tenant.name(), tenant);
        }
        if (tenants.isEmpty()) {
            throw node.complaint("names no tenant");
        }
        refuseTransitionSchemas(node, tenants.values());
        refuseSharedRoles(node, tenants);
        return tenants;
    }

    /** Two tenants may share a schema as long as neither of them moves. */
    private void refuseSharedSchema(YamlNode node, TenantConfig tenant, Collection<TenantConfig> before)
            throws ConfigException {
        for (TenantConfig other : before) {
            Side shared = places.sharedSide(tenant, other);
            if (shared != null) {
                throw node.get(shared.label())
                        .complaint("is also a side of tenant " + other.name()
                                + "; tenants that move cannot share a schema");
            }
        }
    }

    /** A side must not lie where a tenant's marks are kept. */
    private void refuseTransitionSchemas(YamlNode node, Collection<TenantConfig> tenants) throws ConfigException {
        for (TenantConfig tenant : tenants) {
            for (Side side : Side.values()) {
                SideConfig place = tenant.side(side);
                for (TenantConfig keeper : tenants) {
                    if (place != null && places.keepsMarks(keeper, place)) {
                        throw node.get(tenant.name())
                                .get(side.label())
                                .get("schema")
                                .complaint("is the schema in which the marks of tenant " + keeper.name() + " are kept");
                    }
                }
            }
        }
    }

    private void refuseSharedRoles(YamlNode node, Map<String, TenantConfig> tenants) throws ConfigException {
        for (Map.Entry<String, YamlNode> entry : node.children().entrySet()) {
            YamlNode shares = entry.getValue().get("shares-roles-with");
            for (String other : shares.texts()) {
                boolean known = tenants.containsKey(other) && !other.equals(entry.getKey());
                if (!known && !other.equals(TenantRoles.EVERY_TENANT)) {
                    throw shares.complaint("there is no other tenant \"" + other + "\"; tenants has "
                            + String.join(", ", tenants.keySet()));
                }
            }
        }
        TenantRoles roles = new TenantRoles(clusters);
        for (TenantConfig tenant : tenants.values()) {
            TenantRoles.Shared shared = roles.add(tenant);
            if (shared != null) {
                throw node.get(tenant.name())
                        .get("users")
                        .complaint(shared.line() + "; give each tenant roles of its own in users, or, if they trust"
                                + " each other, set shares-roles-with: [" + shared.with() + "] here");
            }
        }
    }
}
