// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.MigrationsConfig;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.schema.migration.MadeByMigrations;
import dev.cutover.dualwrite.schema.migration.MigrationFailedException;
import dev.cutover.dualwrite.schema.migration.MigrationTools;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;

/** Gives a serving side that no migration tool has made the tool's version table, so that it has a version. */
public final class BaselineVerb implements Verb<VerbRequest.Baseline> {
    @Override
    public String name() {
        return "baseline";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Baseline request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Phases.require(tenant, name(), Phase.STEADY);
        Phases.requireNoCleanup(tenant);
        TenantSides movement = tenant.movement();
        MigrationsConfig migrations = movement.config().migrations();
        if (migrations == null) {
            throw new RefusedException(
                    "no migration tool is configured; name it under tenants." + tenant.name() + ".migrations");
        }
        Side serving = tenant.row().serving();
        String schema = movement.schema(serving);
        try (Connection connection = movement.database(serving).getConnection()) {
            if (!CatalogReader.schemaExists(connection, schema)) {
                throw new RefusedException("the serving side " + serving.label() + " has no schema " + schema);
            }
            String version = SchemaHistory.version(connection, schema);
            if (version != null) {
                throw new RefusedException("the serving side " + serving.label()
                        + " has a version table already, and is at schema version " + version);
            }
        }
        try {
            MigrationTools.of(migrations)
                    .baseline(movement.database(serving), schema, request.version(), listener.cancelled());
        } catch (MigrationFailedException e) {
            throw new SQLException(e.getMessage(), e);
        }
        MadeByMigrations.note(movement.database(serving), movement.transition(), schema);
        tenant.publishRoute();
        return new Outcome(serving.label() + " is at schema version " + tenant.schemaVersion(serving)
                + " from now on; nothing else in it has changed");
    }
}
