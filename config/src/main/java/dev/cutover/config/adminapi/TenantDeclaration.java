// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a tenant is declared or changed while the proxy runs.
 *
 * @param entry in YAML, as under {@code tenants.NAME}; null: an empty one for a new tenant, or the one that the tenant has
 * @param template the template that completes it; null: what the entry says
 * @param tags to be set, by name
 * @param untag names of tags to be dropped
 */
public record TenantDeclaration(
        @Nullable String entry, @Nullable String template, Map<String, String> tags, List<String> untag) {
    /** An entry without keys. */
    public static final TenantDeclaration EMPTY = new TenantDeclaration(null, null, Map.of(), List.of());

    public TenantDeclaration {
        tags = Objects.requireNonNullElse(tags, Map.of());
        untag = Objects.requireNonNullElse(untag, List.of());
    }
}
