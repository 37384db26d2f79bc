// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A query whose rows declare tenants.
 *
 * @param cluster a key of {@code clusters}
 * @param login the role that runs the query
 * @param sql one row for each tenant; its first column is the tenant's name
 * @param every how often the query runs; default 10s
 * @param template completes the tenants whose row names no template; null: the one whose pattern their name matches
 */
public record TenantCatalog(
        String cluster,
        String database,
        Login login,
        String sql,
        Duration every,
        @Nullable String template) {}
