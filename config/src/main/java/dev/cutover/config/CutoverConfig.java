// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import dev.cutover.config.feature.Features;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration file, checked. Maps keep the file's order.
 *
 * @param listenTls null: clients are served without TLS
 * @param catalog whose rows declare more tenants; null for none
 * @param entries makes tenants that are declared outside the file
 * @param features that applications ask for; a reload applies them
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
        CampaignsConfig campaigns,
        Map<String, ClusterConfig> clusters,
        Map<String, TenantConfig> tenants,
        @Nullable TenantCatalog catalog,
        TenantEntries entries,
        Features features) {
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
                CampaignsConfig.NONE,
                clusters,
                tenants,
                null,
                TenantEntries.NONE,
                Features.NONE);
    }

    /** The same with other tenants. */
    public CutoverConfig withTenants(Map<String, TenantConfig> newTenants) {
        return new CutoverConfig(
                listen,
                listenTls,
                rollover,
                admin,
                control,
                auth,
                limits,
                snapshots,
                campaigns,
                clusters,
                newTenants,
                catalog,
                entries,
                features);
    }

    /** The same with another maker of declared tenants. */
    public CutoverConfig withEntries(TenantEntries newEntries) {
        return new CutoverConfig(
                listen,
                listenTls,
                rollover,
                admin,
                control,
                auth,
                limits,
                snapshots,
                campaigns,
                clusters,
                tenants,
                catalog,
                newEntries,
                features);
    }
}
