// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.declared;

import dev.cutover.config.AdminConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.TenantClashes;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.TenantEntryException;
import dev.cutover.config.TenantRoles;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The configuration file's tenants with those that the control database declares.
 *
 * @param config the file's configuration with all tenants
 * @param problems why declared tenants are not as their entries say, by name
 */
public record MergedTenants(CutoverConfig config, Map<String, String> problems) {
    /**
     * Adds declared tenants to those of a file. The file comes first, then the tenants in the order in which they were declared. A tenant
     * whose entry cannot be used any more stays as it runs.
     *
     * @param file the configuration as the file has it
     * @param running the tenants that are served now, by name
     */
    public static MergedTenants of(
            CutoverConfig file,
            Map<String, ClusterConfig> runningClusters,
            Map<String, TenantConfig> running,
            List<DeclaredTenant> declared) {
        Map<String, TenantConfig> tenants = new LinkedHashMap<>(file.tenants());
        Map<String, String> problems = new LinkedHashMap<>();
        Map<String, ClusterConfig> clusters = new HashMap<>(runningClusters);
        clusters.putAll(file.clusters());
        TenantClashes clashes = new TenantClashes(clusters);
        file.tenants().values().forEach(clashes::add);
        Set<String> names = new HashSet<>(file.tenants().keySet());
        declared.forEach(tenant -> names.add(tenant.name()));
        for (DeclaredTenant tenant : declared) {
            if (file.tenants().containsKey(tenant.name())) {
                problems.put(tenant.name(), inFile(tenant.name()));
                continue;
            }
            TenantConfig made;
            try {
                made = file.entries().make(tenant.name(), tenant.entry());
            } catch (TenantEntryException e) {
                problems.put(tenant.name(), String.valueOf(e.getMessage()));
                made = running.get(tenant.name());
            }
            String clash = made == null ? null : clash(made, clashes, names);
            if (clash != null) {
                problems.put(tenant.name(), clash);
            } else if (made != null) {
                clashes.add(made);
                tenants.put(tenant.name(), made);
            }
        }
        return new MergedTenants(file.withTenants(tenants), problems);
    }

    /** Why a tenant of the file is not changed. */
    public static String inFile(String tenant) {
        return "the configuration file declares tenant " + tenant + "; change it there and reload";
    }

    private static @Nullable String clash(TenantConfig tenant, TenantClashes clashes, Set<String> names) {
        String above = "tenants." + tenant.name() + ".";
        if (tenant.database().equals(AdminConfig.DATABASE)) {
            return above + "database: \"" + AdminConfig.DATABASE + "\" is the name of the admin database; clients of"
                    + " the tenant need another one";
        }
        for (String other : tenant.sessions().sharesRolesWith()) {
            boolean known = names.contains(other) && !other.equals(tenant.name());
            if (!known && !other.equals(TenantRoles.EVERY_TENANT)) {
                return above + "shares-roles-with: there is no other tenant \"" + other + "\"";
            }
        }
        TenantClashes.Clash clash = clashes.find(tenant);
        return clash == null ? null : above + clash.key() + ": " + clash.problem();
    }
}
