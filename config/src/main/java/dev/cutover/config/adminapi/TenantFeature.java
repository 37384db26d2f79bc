// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import org.jspecify.annotations.Nullable;

/**
 * A feature, as it is for one tenant.
 *
 * @param reason why it is on or off
 * @param needs the schema version that it needs
 * @param version the serving side's; null if it is not known
 */
public record TenantFeature(
        String name,
        boolean on,
        String reason,
        String needs,
        @Nullable String version) {}
