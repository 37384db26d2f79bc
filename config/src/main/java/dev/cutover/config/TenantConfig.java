// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tenant: the unit that moves.
 *
 * @param database what clients name at connect; default: the tenant's name
 * @param green null for a tenant that is only routed
 * @param searchPath schemas that follow the side's own in {@code search_path}; default {@code [public]}
 * @param maintenance who prepares, copies, compares and resyncs. Null for a tenant that is only routed
 * @param mapping identity by name where the file says nothing
 * @param drainTimeout how long a flip waits for running transactions before it is cancelled; default 2s
 * @param sessions what the tenant's sessions may take
 * @param compareReads the share, from 0 to 1, of reads that are run on both sides while the tenant mirrors; default 0
 * @param backfill how fast rows are copied and compared
 * @param bypassingWriters what happens to other writes to the idle side; default refuse
 * @param tags by which operators choose tenants; default none
 */
public record TenantConfig(
        String name,
        String database,
        SideConfig blue,
        @Nullable SideConfig green,
        List<String> searchPath,
        @Nullable MaintenanceConfig maintenance,
        @Nullable MigrationsConfig migrations,
        Mapping mapping,
        MirrorMode mirror,
        Duration drainTimeout,
        SessionPolicy sessions,
        double compareReads,
        BackfillPolicy backfill,
        BypassingWriters bypassingWriters,
        Map<String, String> tags) {
    /** With the default policies, no reads compared. */
    public TenantConfig(
            String name,
            String database,
            SideConfig blue,
            @Nullable SideConfig green,
            List<String> searchPath,
            @Nullable MaintenanceConfig maintenance,
            @Nullable MigrationsConfig migrations,
            Mapping mapping,
            MirrorMode mirror,
            Duration drainTimeout) {
        this(
                name,
                database,
                blue,
                green,
                searchPath,
                maintenance,
                migrations,
                mapping,
                mirror,
                drainTimeout,
                SessionPolicy.DEFAULT,
                0,
                BackfillPolicy.DEFAULT,
                BypassingWriters.REFUSE,
                Map.of());
    }

    /** The same tenant with another mapping. */
    public TenantConfig withMapping(Mapping newMapping) {
        return new TenantConfig(
                name,
                database,
                blue,
                green,
                searchPath,
                maintenance,
                migrations,
                newMapping,
                mirror,
                drainTimeout,
                sessions,
                compareReads,
                backfill,
                bypassingWriters,
                tags);
    }

    /** The same tenant with other tags. */
    public TenantConfig withTags(Map<String, String> newTags) {
        return new TenantConfig(
                name,
                database,
                blue,
                green,
                searchPath,
                maintenance,
                migrations,
                mapping,
                mirror,
                drainTimeout,
                sessions,
                compareReads,
                backfill,
                bypassingWriters,
                newTags);
    }

    /** The same tenant with other migrations. */
    public TenantConfig withMigrations(@Nullable MigrationsConfig newMigrations) {
        return new TenantConfig(
                name,
                database,
                blue,
                green,
                searchPath,
                maintenance,
                newMigrations,
                mapping,
                mirror,
                drainTimeout,
                sessions,
                compareReads,
                backfill,
                bypassingWriters,
                tags);
    }

    /** The same tenant, with what can change while it runs. */
    public TenantConfig with(
            Duration newDrainTimeout, SessionPolicy newSessions, double newCompareReads, BackfillPolicy newBackfill) {
        return new TenantConfig(
                name,
                database,
                blue,
                green,
                searchPath,
                maintenance,
                migrations,
                mapping,
                mirror,
                newDrainTimeout,
                newSessions,
                newCompareReads,
                newBackfill,
                bypassingWriters,
                tags);
    }

    /** Where the given side lies; null when the tenant has only blue and green is asked for. */
    public @Nullable SideConfig side(Side side) {
        return side == Side.BLUE ? blue : green;
    }

    /** Whether the tenant can move at all. */
    public boolean movable() {
        return green != null;
    }
}
