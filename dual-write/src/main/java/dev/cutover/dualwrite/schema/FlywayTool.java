package dev.cutover.dualwrite.schema;

import dev.cutover.config.runtime.Text;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.plan.SchemaHistory;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.output.ValidateOutput;
import org.flywaydb.core.api.output.ValidateResult;
import org.jspecify.annotations.Nullable;

/** Flyway, in this process. */
record FlywayTool(List<Path> directories) implements MigrationTool {
    private static final String FIRST = "1";
    private static final long PAUSE_MILLIS = 500;

    @Override
    public int migrate(DataSource database, String schema, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return flyway(database, schema).migrate().migrationsExecuted;
            } catch (FlywayException e) {
                SQLException cause = cause(e);
                if (attempt == ATTEMPTS || cancelled.getAsBoolean() || cause == null || !Transactions.gaveWay(cause)) {
                    String reason = cause == null ? "" : ": " + Text.firstLine(cause);
                    throw new MigrationFailedException("Flyway: " + Text.firstLine(e) + reason, e);
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    @Override
    public void baseline(DataSource database, String schema, @Nullable String version, BooleanSupplier cancelled)
            throws MigrationFailedException {
        try {
            configuration(database, schema)
                    .baselineVersion(version == null ? FIRST : version)
                    .load()
                    .baseline();
        } catch (FlywayException e) {
            throw new MigrationFailedException("Flyway: " + Text.firstLine(e), e);
        }
    }

    private static @Nullable SQLException cause(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return sql;
            }
        }
        return null;
    }

    @Override
    public List<String> problems(DataSource database, String schema) {
        ValidateResult result = flyway(database, schema).validateWithResult();
        List<String> problems = new ArrayList<>();
        if (!result.validationSuccessful) {
            for (ValidateOutput invalid : result.invalidMigrations) {
                problems.add("migration " + invalid.version + " (" + invalid.description + "): "
                        + invalid.errorDetails
                                .errorMessage
                                .strip()
                                .lines()
                                .findFirst()
                                .orElse(""));
            }
            if (problems.isEmpty()) {
                problems.add(result.errorDetails.errorMessage.strip());
            }
        }
        return problems;
    }

    private Flyway flyway(DataSource pool, String schema) {
        return configuration(pool, schema).load();
    }

    private FluentConfiguration configuration(DataSource pool, String schema) {
        DataSource database;
        try {
            database = Unpooled.of(pool).withOptions("-c lock_timeout=" + LOCK_TIMEOUT);
        } catch (SQLException e) {
            throw new IllegalArgumentException(e);
        }
        String[] locations =
                directories.stream().map(location -> "filesystem:" + location).toArray(String[]::new);
        return Flyway.configure()
                .dataSource(database)
                .schemas(schema)
                .defaultSchema(schema)
                .table(SchemaHistory.FLYWAY_TABLE)
                .locations(locations)
                .failOnMissingLocations(true);
    }
}
