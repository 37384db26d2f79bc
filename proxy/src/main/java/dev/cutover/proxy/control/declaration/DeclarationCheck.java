// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.declaration;

import dev.cutover.config.CutoverConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.adminapi.ReloadReport.Change;
import dev.cutover.config.declared.DeclaredTenant;
import dev.cutover.config.declared.MergedTenants;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.reload.ReloadPlan;
import dev.cutover.proxy.control.store.DeclaredStore.Declared;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds out whether tenants can be declared beside all others, as a reload of the file would. */
final class DeclarationCheck {
    private DeclarationCheck() {}

    /**
     * Why tenants cannot be declared so, by name.
     *
     * @param wanted new tenants, or other entries of declared ones
     */
    static Map<String, String> of(ServedTenants served, Declared now, List<DeclaredTenant> wanted) {
        Map<String, DeclaredTenant> next = new LinkedHashMap<>();
        now.tenants().forEach(tenant -> next.put(tenant.name(), tenant));
        wanted.forEach(tenant -> next.put(tenant.name(), tenant));
        CutoverConfig running = served.running();
        MergedTenants merged =
                MergedTenants.of(served.file(), running.clusters(), running.tenants(), new ArrayList<>(next.values()));
        Map<String, String> refused = new HashMap<>();
        for (DeclaredTenant tenant : wanted) {
            String problem = merged.problems().get(tenant.name());
            TenantConfig before = running.tenants().get(tenant.name());
            TenantConfig after = merged.config().tenants().get(tenant.name());
            if (problem == null && before != null && after != null) {
                problem = needsRestart(running, before, after);
            }
            if (problem != null) {
                refused.put(tenant.name(), problem);
            }
        }
        return refused;
    }

    private static @Nullable String needsRestart(CutoverConfig running, TenantConfig before, TenantConfig after) {
        try {
            ReloadPlan plan = ReloadPlan.of(
                    running.withTenants(Map.of(before.name(), before)),
                    running.withTenants(Map.of(after.name(), after)),
                    Map.of());
            for (Change change : plan.report().changes()) {
                if (!change.applied()) {
                    return change.key()
                            + ": cannot change while the tenant is served; remove the tenant and add it again";
                }
            }
            return null;
        } catch (StartupException e) {
            return e.getMessage();
        }
    }
}
