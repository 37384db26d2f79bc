// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.AdminConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.TenantClashes;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.TenantRoles;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads {@code tenants}, and refuses tenants that would be in each other's way. */
final class TenantsLoader {
    /** It is part of the admin API's paths and of log lines. */
    private static final Pattern TENANT_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}");

    private final TenantTemplates templates;
    private final TenantLoader loader;
    private final TenantClashes clashes;

    TenantsLoader(Map<String, ClusterConfig> clusters, TenantTemplates templates, TenantLoader loader) {
        this.templates = templates;
        this.loader = loader;
        this.clashes = new TenantClashes(clusters);
    }

    /** @param declaredElsewhere the file need not name a tenant */
    Map<String, TenantConfig> load(YamlNode node, boolean declaredElsewhere) throws ConfigException {
        Map<String, TenantConfig> tenants = new LinkedHashMap<>();
        Map<String, YamlNode> entries = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> child : node.children().entrySet()) {
            String name = child.getKey();
            refuseName(name, child.getValue());
            YamlNode entry = templates.complete(name, child.getValue());
            entries.put(name, entry);
            tenants.put(name, loader.load(name, entry));
        }
        if (tenants.isEmpty() && !declaredElsewhere) {
            throw node.complaint("names no tenant");
        }
        for (Map.Entry<String, YamlNode> entry : entries.entrySet()) {
            refuseUnknown(entry.getKey(), entry.getValue().get("shares-roles-with"), tenants);
        }
        for (TenantConfig tenant : tenants.values()) {
            refuseClash(tenant, entries.getOrDefault(tenant.name(), node));
        }
        return tenants;
    }

    static void refuseName(String name, YamlNode entry) throws ConfigException {
        if (!TENANT_NAME.matcher(name).matches()) {
            throw entry.complaint("a tenant's name is made of letters, digits, \"_\", \"-\" and \".\", at most 63");
        }
    }

    private static void refuseUnknown(String tenant, YamlNode shares, Map<String, TenantConfig> tenants)
            throws ConfigException {
        for (String other : shares.texts()) {
            boolean known = tenants.containsKey(other) && !other.equals(tenant);
            if (!known && !other.equals(TenantRoles.EVERY_TENANT)) {
                throw shares.complaint("there is no other tenant \"" + other + "\"; tenants has "
                        + String.join(", ", tenants.keySet()));
            }
        }
    }

    private void refuseClash(TenantConfig tenant, YamlNode entry) throws ConfigException {
        if (tenant.database().equals(AdminConfig.DATABASE)) {
            throw entry.get("database")
                    .complaint("\"" + AdminConfig.DATABASE + "\" is the name of the admin database; clients of the"
                            + " tenant need another one");
        }
        TenantClashes.Clash clash = clashes.find(tenant);
        if (clash != null) {
            YamlNode place = entry;
            for (String key : clash.key().split("\\.")) {
                place = place.get(key);
            }
            throw place.complaint(clash.problem());
        }
        clashes.add(tenant);
    }
}
