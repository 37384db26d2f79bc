// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import java.sql.SQLException;
import java.util.List;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** What brings one schema to its version. */
public sealed interface MigrationTool permits FlywayTool, LiquibaseTool {
    /**
     * How long a statement of a migration waits for a lock, as PostgreSQL writes it. While it waits, others queue up behind
     * it; so it gives way soon and is tried again.
     */
    String LOCK_TIMEOUT = "2s";

    /** How often a migration is tried that gives way to others' locks. */
    int ATTEMPTS = 10;

    /**
     * Applies what has not been applied; the schema is created if it is not there.
     *
     * @param cancelled whether the proxy is going down
     * @return how many migrations were applied
     * @throws MigrationFailedException with the tool's own message; the schema is then as the transaction of the migration
     *     that failed left it
     */
    int migrate(DataSource database, String schema, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException;

    /**
     * Records that a schema which has no version table is at a version; runs no migration.
     *
     * @param version Flyway's baseline version, or the tag up to which Liquibase's change sets count as applied; null: 1, or
     *     the whole change log
     * @param cancelled whether the proxy is going down
     * @throws MigrationFailedException with the tool's own message
     */
    void baseline(DataSource database, String schema, @Nullable String version, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException;

    /**
     * What has {@link #migrate} fail, as far as that is known without running a migration: files that are missing or not named
     * as they must be, a change log that cannot be read, applied migrations that were changed since. Changes nothing.
     *
     * @param anew whether the schema counts as not there
     */
    List<String> obstacles(DataSource database, String schema, boolean anew) throws InterruptedException;

    /** The migrations that a schema does not have yet, in their order. Changes nothing. */
    List<PendingMigration> pending(DataSource database, String schema)
            throws MigrationFailedException, InterruptedException;

    /** Other scripts that run beside migrations. Changes nothing. */
    List<PendingMigration> callbacks() throws MigrationFailedException;

    /**
     * Takes back what was applied after a version, the last first.
     *
     * @param to stays applied
     * @param cancelled whether the proxy is going down
     * @return the names of the scripts that have run
     * @throws MigrationFailedException if a script is missing or fails
     */
    List<String> undo(DataSource database, String schema, String to, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException;

    /** The names of the scripts that {@link #undo} would run. Changes nothing. */
    List<String> undoPlan(DataSource database, String schema, String to)
            throws MigrationFailedException, InterruptedException;

    /** Whether the schema was taken over by {@link #baseline}: its migrations alone do not make it. */
    boolean baselined(DataSource database, String schema) throws SQLException;

    /** What is wrong with a schema: migrations that are missing, failed, or were changed since they were applied. */
    List<String> problems(DataSource database, String schema) throws InterruptedException;
}
