package dev.cutover.dualwrite.database;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * The schema {@code cutover} in a tenant's own database: marks, backfill progress, parked constraints. Kept by Flyway in
 * a history table of its own, since the control database may be the same one.
 */
public final class TransitionSchema {
    public static final String NAME = "cutover";

    private TransitionSchema() {}

    /** Creates or migrates it; safe to repeat. The role needs CREATE on the database the first time. */
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
    }
}
