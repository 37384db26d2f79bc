// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.database.FailedStatement;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.SqlText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.output.ValidateOutput;
import org.flywaydb.core.api.output.ValidateResult;
import org.flywaydb.core.internal.sqlscript.FlywaySqlScriptException;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.jspecify.annotations.Nullable;

/** Flyway, in this process. */
public record FlywayTool(List<Path> directories) implements MigrationTool {
    private static final String FIRST = "1";
    private static final long PAUSE_MILLIS = 500;
    /** No schema is called so: all migrations are still to come. */
    private static final String NO_SCHEMA = "cutover none";

    private static final String SUFFIX = ".sql";
    /** As Flyway's manual has them: versioned, repeatable and undo migrations, and callbacks. Flyway itself refuses undo migrations. */
    private static final Pattern NAMES = Pattern.compile(
            "([VU][0-9][0-9._]*__.+|R__.+|(before|after)[A-Z][A-Za-z]*(__.+)?|createSchema(__.+)?)\\.sql");

    private static final Pattern CALLBACKS =
            Pattern.compile("((before|after)[A-Z][A-Za-z]*(__.+)?|createSchema(__.+)?)\\.sql");

    @Override
    public int migrate(DataSource database, String schema, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException {
        List<String> wrong = wrongNames();
        if (!wrong.isEmpty()) {
            throw new MigrationFailedException(String.join("; ", wrong));
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return flyway(database, schema).migrate().migrationsExecuted;
            } catch (FlywayException e) {
                SQLException cause = cause(e);
                if (attempt == ATTEMPTS || cancelled.getAsBoolean() || cause == null || !Transactions.gaveWay(cause)) {
                    throw new MigrationFailedException("Flyway: " + reason(e, cause), e);
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    @Override
    public void baseline(DataSource database, String schema, @Nullable String version, BooleanSupplier cancelled)
            throws MigrationFailedException {
        requireSchema(database, schema);
        try {
            configuration(database, schema)
                    .baselineVersion(version == null ? FIRST : version)
                    .load()
                    .baseline();
        } catch (FlywayException e) {
            throw new MigrationFailedException("Flyway: " + OneLine.of(e), e);
        }
    }

    /** Flyway would take 100 seconds to find out. */
    private static void requireSchema(DataSource database, String schema) throws MigrationFailedException {
        try (Connection connection = database.getConnection()) {
            if (!CatalogReader.schemaExists(connection, schema)) {
                throw new MigrationFailedException("Flyway: there is no schema " + schema);
            }
        } catch (SQLException e) {
            throw new MigrationFailedException("Flyway: " + OneLine.of(e), e);
        }
    }

    @Override
    public List<PendingMigration> pending(DataSource database, String schema) throws MigrationFailedException {
        List<PendingMigration> pending = new ArrayList<>();
        try {
            for (MigrationInfo each : flyway(database, schema).info().pending()) {
                Path file = Path.of(each.getPhysicalLocation());
                pending.add(new PendingMigration(String.valueOf(file.getFileName()), Files.readString(file)));
            }
        } catch (FlywayException | IOException e) {
            throw new MigrationFailedException("Flyway: " + OneLine.of(e), e);
        }
        return pending;
    }

    @Override
    public List<PendingMigration> callbacks() throws MigrationFailedException {
        List<PendingMigration> callbacks = new ArrayList<>();
        for (Path directory : directories) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted().toList()) {
                    String name = String.valueOf(file.getFileName());
                    if (CALLBACKS.matcher(name).matches()) {
                        callbacks.add(new PendingMigration(name, Files.readString(file)));
                    }
                }
            } catch (IOException | UncheckedIOException e) {
                throw new MigrationFailedException("directory " + directory + " cannot be read: " + OneLine.of(e), e);
            }
        }
        return callbacks;
    }

    @Override
    public boolean baselined(DataSource database, String schema) throws SQLException {
        try (Connection connection = database.getConnection()) {
            String query = "SELECT EXISTS (SELECT FROM " + SqlText.qualified(schema, SchemaHistory.FLYWAY_TABLE)
                    + " WHERE type = 'BASELINE')";
            return Rows.query(connection, query, row -> row.getBoolean(1)).contains(true);
        }
    }

    @Override
    public List<String> undo(DataSource database, String schema, String to, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException {
        return new FlywayUndo(directories).run(database, schema, to, cancelled);
    }

    @Override
    public List<String> undoPlan(DataSource database, String schema, String to) throws MigrationFailedException {
        return new FlywayUndo(directories).plan(database, schema, to);
    }

    private static String reason(FlywayException e, @Nullable SQLException cause) {
        if (cause == null) {
            return oneLine(e);
        }
        for (Throwable each = e; each != null; each = each.getCause()) {
            if (each instanceof FlywaySqlScriptException script && script.getResource() != null) {
                return "migration " + script.getResource().getFilename() + " failed at line " + script.getLineNumber()
                        + ": " + OneLine.of(cause) + "; statement: " + FailedStatement.shown(script.getStatement());
            }
        }
        return OneLine.of(e) + ": " + OneLine.of(cause);
    }

    /** Flyway names each file in a line of its own. */
    private static String oneLine(FlywayException e) {
        return String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ");
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
        return problems(configuration(database, schema));
    }

    @Override
    public List<String> obstacles(DataSource database, String schema, boolean anew) {
        return problems(configuration(database, anew ? NO_SCHEMA : schema).ignoreMigrationPatterns("*:pending"));
    }

    /** Flyway passes over files that end so without a word. */
    private List<String> wrongNames() {
        List<String> wrong = new ArrayList<>();
        for (Path directory : directories) {
            try (Stream<Path> files = Files.walk(directory)) {
                files.map(file -> String.valueOf(file.getFileName()))
                        .filter(file -> file.toLowerCase(Locale.ROOT).endsWith(SUFFIX))
                        .sorted()
                        .map(FlywayTool::wrongName)
                        .filter(Objects::nonNull)
                        .forEach(wrong::add);
            } catch (IOException | UncheckedIOException e) {
                wrong.add("directory " + directory + " cannot be read: " + OneLine.of(e));
            }
        }
        return wrong;
    }

    private static @Nullable String wrongName(String file) {
        if (!file.endsWith(SUFFIX)) {
            return "migration file " + file + " does not end with " + SUFFIX + ", so Flyway ignores it";
        }
        return NAMES.matcher(file).matches()
                ? null
                : "migration file " + file + " has a name that Flyway ignores; it should be such as V1.2__what.sql";
    }

    private List<String> problems(FluentConfiguration configuration) {
        ValidateResult result;
        try {
            result = configuration.load().validateWithResult();
        } catch (FlywayException e) {
            return List.of("Flyway: " + oneLine(e));
        }
        List<String> problems = wrongNames();
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
            if (result.invalidMigrations.isEmpty()) {
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
        FluentConfiguration configuration = Flyway.configure()
                .dataSource(database)
                .initSql(Unpooled.FIRST)
                .schemas(schema)
                .defaultSchema(schema)
                .table(SchemaHistory.FLYWAY_TABLE)
                .locations(locations)
                .callbacks(new ConcurrentLockTimeout(schema))
                .failOnMissingLocations(true);
        // A transaction that stays open would keep what is built CONCURRENTLY waiting.
        configuration
                .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
                .setTransactionalLock(false);
        return configuration;
    }
}
