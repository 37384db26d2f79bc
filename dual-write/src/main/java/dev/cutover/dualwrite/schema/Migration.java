package dev.cutover.dualwrite.schema;

import dev.cutover.config.MigrationsConfig;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.plan.CatalogReader;
import dev.cutover.dualwrite.plan.SchemaHistory;
import dev.cutover.dualwrite.rewrite.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.output.ValidateOutput;
import org.flywaydb.core.api.output.ValidateResult;

/** Brings one schema to its version with Flyway. */
public final class Migration {
    private Migration() {}

    /**
     * Applies all migrations of the given locations; the schema is created if it is not there.
     *
     * @return how many were applied
     * @throws org.flywaydb.core.api.FlywayException with Flyway's own message when one fails; the schema is then as that
     *     migration's transaction left it
     */
    public static int migrate(DataSource database, String schema, MigrationsConfig migrations) {
        return flyway(database, schema, migrations).migrate().migrationsExecuted;
    }

    /** What Flyway finds wrong with a schema: migrations that are missing, failed, or changed since they were applied. */
    public static List<String> problems(DataSource database, String schema, MigrationsConfig migrations) {
        ValidateResult result = flyway(database, schema, migrations).validateWithResult();
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

    private static Flyway flyway(DataSource database, String schema, MigrationsConfig migrations) {
        String[] locations = migrations.locations().stream()
                .map(location -> "filesystem:" + location)
                .toArray(String[]::new);
        return Flyway.configure()
                .dataSource(database)
                .schemas(schema)
                .defaultSchema(schema)
                .table(SchemaHistory.FLYWAY_TABLE)
                .locations(locations)
                .failOnMissingLocations(true)
                .load();
    }

    /** The schema's tables that hold rows. */
    public static List<String> nonEmptyTables(Connection connection, String schema) throws SQLException {
        List<String> nonEmpty = new ArrayList<>();
        for (String table : CatalogReader.read(connection, schema).keySet()) {
            String query = "SELECT EXISTS (SELECT FROM " + SqlText.qualified(schema, table) + ")";
            if (Rows.query(connection, query, row -> row.getBoolean(1)).contains(true)) {
                nonEmpty.add(table);
            }
        }
        return nonEmpty;
    }

    /** Empties tables of one schema. Foreign keys among them must be parked. */
    public static void empty(Connection connection, String schema, List<String> tables) throws SQLException {
        if (!tables.isEmpty()) {
            String names = tables.stream()
                    .map(table -> SqlText.qualified(schema, table))
                    .collect(Collectors.joining(", "));
            Rows.execute(connection, List.of("TRUNCATE " + names));
        }
    }

    /** Drops the schema with all that is in it. */
    public static void drop(Connection connection, String schema) throws SQLException {
        Rows.execute(connection, List.of("DROP SCHEMA IF EXISTS " + SqlText.identifier(schema) + " CASCADE"));
    }
}
