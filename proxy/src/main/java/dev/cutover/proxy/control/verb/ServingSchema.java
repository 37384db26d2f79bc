// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.MigrationsConfig;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.schema.migration.MadeByMigrations;
import dev.cutover.dualwrite.schema.migration.MigrationTool;
import dev.cutover.dualwrite.schema.migration.MigrationTools;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The schema that serves a tenant which does not move, for what is done to it in place.
 *
 * @param version its version
 */
record ServingSchema(
        Tenant tenant,
        Side side,
        DataSource database,
        String schema,
        TransitionSchema transition,
        MigrationTool tool,
        String version) {

    /** @throws RefusedException if the tenant moves, or no tool has ever migrated the schema */
    static ServingSchema of(Tenant tenant, String verb) throws RefusedException, SQLException {
        Phases.require(tenant, verb, Phase.STEADY);
        Phases.requireNoCleanup(tenant);
        TenantSides sides = tenant.movement();
        MigrationsConfig migrations = sides.config().migrations();
        if (migrations == null) {
            throw new RefusedException(
                    "no migration tool is configured; name it under tenants." + tenant.name() + ".migrations");
        }
        Side serving = tenant.row().serving();
        String schema = sides.schema(serving);
        String version;
        try (Connection connection = sides.database(serving).getConnection()) {
            version = SchemaHistory.version(connection, schema);
        }
        if (version == null) {
            throw new RefusedException("the serving side " + serving.label()
                    + " has no version table; cutover baseline " + tenant.name() + " makes one");
        }
        return new ServingSchema(
                tenant,
                serving,
                sides.database(serving),
                schema,
                sides.transition(),
                MigrationTools.of(migrations),
                version);
    }

    /** How the schema differs from what its migrations have made. */
    MadeByMigrations.Drift drift() throws SQLException {
        return MadeByMigrations.drift(database, transition, schema);
    }

    /** What is noted of the last migrations in place. */
    MadeByMigrations.InPlace inPlace() throws SQLException {
        return MadeByMigrations.inPlace(database, transition, schema);
    }

    /** Notes that migrations begin. @return the version that undo leads back to */
    @Nullable String begin() throws SQLException {
        tenant.assertLead();
        MadeByMigrations.begin(database, transition, schema, version);
        return inPlace().before();
    }

    /** Notes what was done before a failure: other scripts may have run. They are to be continued, or undone. */
    void migratedInPart() throws SQLException {
        MadeByMigrations.noteInPart(database, transition, schema);
        publish();
    }

    /** Notes it if some undo scripts have run before a failure. */
    void undoneInPart(String to) throws SQLException {
        String now;
        try (Connection connection = database.getConnection()) {
            now = SchemaHistory.version(connection, schema);
        }
        if (!version.equals(now)) {
            changed(to, null);
        }
    }

    /**
     * Notes the schema as it is now, and has all proxies tell clients its version. The epoch is another one: so every session looks
     * whether the results of its prepared statements have changed.
     *
     * @param before the version that undo leads back to; null if there is none
     * @param expected what the migrations make; null if the schema counts as that
     * @return the version that it has now
     */
    String changed(@Nullable String before, @Nullable List<String> expected) throws SQLException {
        MadeByMigrations.note(database, transition, schema, before, expected);
        publish();
        return tenant.schemaVersion(side);
    }

    private void publish() throws SQLException {
        tenant.update(row -> row.withRoute(side, row.epoch() + 1));
        tenant.publishRoute();
    }
}
