// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.selection;

import dev.cutover.config.text.NamePattern;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses tenants by their names and tags.
 *
 * @param match null for any name
 * @param tags all of which a tenant must have
 * @param except tenants that are not chosen
 */
public record TenantSelector(@Nullable NamePattern match, Map<String, String> tags, Set<String> except) {
    /** Chooses every tenant. */
    public static final TenantSelector ALL = new TenantSelector(null, Map.of(), Set.of());

    public boolean selects(String tenant, Map<String, String> itsTags) {
        return (match == null || match.matches(tenant))
                && itsTags.entrySet().containsAll(tags.entrySet())
                && !except.contains(tenant);
    }
}
