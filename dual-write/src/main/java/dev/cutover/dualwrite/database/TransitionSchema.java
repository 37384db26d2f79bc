// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import dev.cutover.config.MaintenanceConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * The schema in a tenant's own database that keeps marks, backfill progress and parked constraints. It belongs to the maintenance
 * role. Tenants whose maintenance roles differ have one each, so that neither role reaches the other tenant. Kept by Flyway in a
 * history table of its own, since the control database may be the same one.
 *
 * @param name needs no quotes in SQL
 */
public record TransitionSchema(String name) {
    /** What a tenant has that names none. */
    public static final TransitionSchema USUAL = new TransitionSchema(MaintenanceConfig.DEFAULT_SCHEMA);

    /** A table or function of the schema, as SQL text. */
    public String table(String bareName) {
        return name + '.' + bareName;
    }

    /** The table of marks, as SQL text. */
    public String marks() {
        return table("dirty_key");
    }

    /** Whether the connection's database has this table of the schema. */
    public boolean has(Connection connection, String bareName) throws SQLException {
        return Rows.query(connection, "SELECT to_regclass(?) IS NOT NULL", row -> row.getBoolean(1), table(bareName))
                .contains(true);
    }

    /** Creates or migrates it and closes it to other roles; safe to repeat. The role needs CREATE on the database the first time. */
    public void migrate(DataSource database) {
        try {
            Transactions.once(database, Duration.ZERO, connection -> {
                CatalogLock.take(connection);
                runScripts(database);
                TransitionGrants.revoke(connection, name);
                return true;
            });
        } catch (SQLException e) {
            throw new FlywayException("the schema " + name + " cannot be made or migrated: " + e.getMessage(), e);
        }
    }

    private void runScripts(DataSource database) throws SQLException {
        try (ClosingDataSource lent = new ClosingDataSource(database)) {
            Flyway.configure(TransitionSchema.class.getClassLoader())
                    .dataSource(lent)
                    .schemas(name)
                    .defaultSchema(name)
                    .table("transition_history")
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .resourceProvider(new TransitionScripts(this::adapt))
                    .load()
                    .migrate();
        }
    }

    /** One of this module's scripts, which name the usual schema, for this one. Settings and tokens keep their names. */
    public String adapt(String script) {
        return script.replaceAll("(?<!')\\bcutover\\.", name + ".")
                .replace("nspname = 'cutover'", "nspname = '" + name + "'");
    }
}
