// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tenants that the control database declares.
 *
 * @param catalog the last run of the query of {@code tenants-from}; null if there is none
 */
public record DeclaredTenants(
        List<Declared> tenants, @Nullable CatalogRun catalog) {
    /**
     * One of them.
     *
     * @param source {@code COMMAND} or {@code CATALOG}
     * @param entry in JSON
     * @param problem why this proxy does not serve the tenant as declared; null if it does
     */
    public record Declared(
            String tenant,
            String source,
            String entry,
            @Nullable String problem) {}

    /**
     * A run of the query.
     *
     * @param at null if it has not run yet
     * @param error what was wrong with it or with its rows; null for nothing
     */
    public record CatalogRun(@Nullable Instant at, @Nullable String error) {}
}
