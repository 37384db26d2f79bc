// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code cutover tenants}.
 *
 * @param degraded why the proxy could not put the tenant to work in its phase; null if it could
 */
public record TenantSummary(
        String tenant,
        String database,
        Phase phase,
        Side serving,
        long epoch,
        int sessions,
        @Nullable String degraded,
        Map<String, String> tags) {}
