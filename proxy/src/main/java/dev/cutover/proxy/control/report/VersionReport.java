// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.report;

import dev.cutover.config.MigrationsConfig;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.SideVersion;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.schema.migration.MadeByMigrations;
import dev.cutover.dualwrite.schema.migration.MigrationTools;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Tells at which version a tenant's sides are, and what of them is not as their migrations made it. */
public final class VersionReport {
    private VersionReport() {}

    public static List<SideVersion> of(Tenant tenant) throws InterruptedException {
        List<SideVersion> versions = new ArrayList<>();
        for (Side side : Side.values()) {
            versions.add(of(tenant, side));
        }
        return versions;
    }

    private static SideVersion of(Tenant tenant, Side side) throws InterruptedException {
        boolean serving = tenant.row().serving() == side;
        try {
            TenantSides movement = tenant.movement();
            return of(movement, side, serving);
        } catch (RefusedException | SQLException e) {
            return new SideVersion(tenant.name(), side, serving, null, null, null, null, null, OneLine.of(e));
        }
    }

    private static SideVersion of(TenantSides movement, Side side, boolean serving)
            throws SQLException, InterruptedException {
        String tenant = movement.config().name();
        DataSource database = movement.database(side);
        String schema = movement.schema(side);
        String version;
        try (Connection connection = database.getConnection()) {
            if (!CatalogReader.schemaExists(connection, schema)) {
                return new SideVersion(
                        tenant, side, serving, schema, null, null, null, "there is no such schema", null);
            }
            version = SchemaHistory.version(connection, schema);
        }
        MadeByMigrations.Drift drift = MadeByMigrations.drift(database, movement.transition(), schema);
        return new SideVersion(
                tenant,
                side,
                serving,
                schema,
                version,
                version == null ? null : problems(movement.config().migrations(), database, schema),
                drift.lines(),
                drift.unknown(),
                null);
    }

    private static @Nullable List<String> problems(
            @Nullable MigrationsConfig migrations, DataSource database, String schema) throws InterruptedException {
        return migrations == null ? null : MigrationTools.of(migrations).problems(database, schema);
    }
}
