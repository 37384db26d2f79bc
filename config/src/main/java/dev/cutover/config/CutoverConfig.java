// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration file, checked. Maps keep the file's order.
 *
 * @param listenTls null: clients are served without TLS
 */
public record CutoverConfig(
        Endpoint listen,
        @Nullable ListenTls listenTls,
        Rollover rollover,
        AdminConfig admin,
        ControlConfig control,
        AuthConfig auth,
        Limits limits,
        SnapshotsConfig snapshots,
        Map<String, ClusterConfig> clusters,
        Map<String, TenantConfig> tenants) {
    /** Without TLS and snapshots, with the other defaults. */
    public CutoverConfig(
            Endpoint listen,
            AdminConfig admin,
            ControlConfig control,
            AuthConfig auth,
            Map<String, ClusterConfig> clusters,
            Map<String, TenantConfig> tenants) {
        this(
                listen,
                null,
                Rollover.DEFAULT,
                admin,
                control,
                auth,
                Limits.DEFAULT,
                SnapshotsConfig.NONE,
                clusters,
                tenants);
    }
}
