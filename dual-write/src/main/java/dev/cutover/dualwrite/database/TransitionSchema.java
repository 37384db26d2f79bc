package dev.cutover.dualwrite.database;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * The schema {@code cutover} in a tenant's own database: marks, backfill progress, parked constraints. Kept by Flyway in
 * a history table of its own, since the control database may be the same one.
 */
public final class TransitionSchema {
    public static final String NAME = "cutover";

    private TransitionSchema() {}

    /** Creates or migrates it and closes it to other roles; safe to repeat. The role needs CREATE on the database the first time. */
    public static void migrate(DataSource database) {
        Flyway.configure(TransitionSchema.class.getClassLoader())
                .dataSource(database)
                .schemas(NAME)
                .defaultSchema(NAME)
                .table("transition_history")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .locations("classpath:dev/cutover/dualwrite/sql")
                .load()
                .migrate();
        try (Connection connection = database.getConnection()) {
            TransitionGrants.revoke(connection);
        } catch (SQLException e) {
            throw new FlywayException("the rights on the schema cutover cannot be revoked: " + e.getMessage(), e);
        }
    }
}
