// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.schema.script.ConcurrentStatements;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Takes migrations of Flyway back by the undo scripts beside them: {@code U1.2__name.sql} undoes version 1.2, as Flyway's manual has it.
 * A version that is undone leaves Flyway's history, so Flyway counts it as pending again.
 */
final class FlywayUndo {
    private static final long PAUSE_MILLIS = 500;
    /** As Flyway has it for a migration. */
    private static final String PATH = "SELECT set_config('search_path',"
            + " concat_ws(', ', quote_ident(?), nullif(current_setting('search_path'), '')), false)";

    private final List<Path> directories;

    FlywayUndo(List<Path> directories) {
        this.directories = directories;
    }

    private record Applied(String version, String name) {}

    private record Step(String version, Path file) {}

    /**
     * Undoes what was applied after a version, the last first. Each script and its line in the history are one transaction, unless the
     * script has a statement that cannot run in one.
     *
     * @param to stays applied
     * @return the names of the scripts that have run
     */
    List<String> run(DataSource database, String schema, String to, BooleanSupplier cancelled)
            throws MigrationFailedException, InterruptedException {
        List<String> run = new ArrayList<>();
        for (Step step : steps(database, schema, to)) {
            String name = String.valueOf(step.file().getFileName());
            for (int attempt = 1; ; attempt++) {
                try {
                    undo(database, schema, step);
                    run.add(name);
                    break;
                } catch (SQLException e) {
                    if (attempt == MigrationTool.ATTEMPTS || cancelled.getAsBoolean() || !Transactions.gaveWay(e)) {
                        throw new MigrationFailedException(
                                "undo script " + name + " failed: " + OneLine.of(e) + undone(run), e);
                    }
                } catch (IOException e) {
                    throw new MigrationFailedException(
                            "undo script " + name + " cannot be read: " + OneLine.of(e) + undone(run), e);
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
        return run;
    }

    private static String undone(List<String> run) {
        return run.isEmpty() ? "; nothing has changed" : "; done before it: " + String.join(", ", run);
    }

    /** The names of the scripts that {@link #run} would run. */
    List<String> plan(DataSource database, String schema, String to) throws MigrationFailedException {
        return steps(database, schema, to).stream()
                .map(step -> String.valueOf(step.file().getFileName()))
                .toList();
    }

    private List<Step> steps(DataSource database, String schema, String to) throws MigrationFailedException {
        List<Step> steps = new ArrayList<>();
        List<String> without = new ArrayList<>();
        for (Applied applied : applied(database, schema)) {
            if (applied.version().equals(to)) {
                if (!without.isEmpty()) {
                    throw new MigrationFailedException("there is no undo script for " + String.join(", ", without));
                }
                return steps;
            }
            List<Path> files = scripts(applied.version());
            if (files.size() == 1) {
                steps.add(new Step(applied.version(), files.get(0)));
            } else {
                without.add(applied.name() + (files.isEmpty() ? "" : " alone: there are " + files.size()));
            }
        }
        throw new MigrationFailedException("version " + to + " is not applied to schema " + schema);
    }

    /** The last first. */
    private static List<Applied> applied(DataSource database, String schema) throws MigrationFailedException {
        try (Connection connection = database.getConnection()) {
            return Rows.query(
                    connection,
                    "SELECT version, script FROM " + history(schema)
                            + " WHERE success AND version IS NOT NULL ORDER BY installed_rank DESC",
                    row -> new Applied(row.getString(1), row.getString(2)));
        } catch (SQLException e) {
            throw new MigrationFailedException("Flyway's history cannot be read: " + OneLine.of(e), e);
        }
    }

    private List<Path> scripts(String version) throws MigrationFailedException {
        List<Path> found = new ArrayList<>();
        for (Path directory : directories) {
            try (Stream<Path> files = Files.walk(directory)) {
                files.filter(file -> undoes(String.valueOf(file.getFileName()), version))
                        .forEach(found::add);
            } catch (IOException | UncheckedIOException e) {
                throw new MigrationFailedException("directory " + directory + " cannot be read: " + OneLine.of(e), e);
            }
        }
        return found;
    }

    /** In a file's name, the parts of a version are separated by dots or by underscores. */
    private static boolean undoes(String file, String version) {
        return file.endsWith(".sql") && file.replace('_', '.').startsWith("U" + version.replace('_', '.') + "..");
    }

    /** A script with a statement that cannot run in a transaction has only that one. */
    private static void undo(DataSource database, String schema, Step step) throws SQLException, IOException {
        String script = Files.readString(step.file());
        boolean concurrent = ConcurrentStatements.in(script);
        String timeout = concurrent ? ConcurrentStatements.LOCK_TIMEOUT : MigrationTool.LOCK_TIMEOUT;
        try (Connection connection = Unpooled.of(database)
                        .withOptions("-c lock_timeout=" + timeout)
                        .getConnection();
                Statement statement = connection.createStatement()) {
            Rows.execute(connection, List.of(Unpooled.FIRST));
            Rows.query(connection, PATH, row -> row.getString(1), schema);
            if (concurrent) {
                ConcurrentStatements.dropInvalid(connection, schema, script);
            }
            connection.setAutoCommit(concurrent);
            requireLast(connection, schema, step, !concurrent);
            statement.setEscapeProcessing(false);
            statement.execute(script);
            Rows.query(
                    connection,
                    "DELETE FROM " + history(schema) + " WHERE version = ? RETURNING version",
                    row -> row.getString(1),
                    step.version());
            if (!concurrent) {
                connection.commit();
            }
        }
    }

    /** Somebody may have migrated or undone since the plan was made: a proxy that was stopped, or Flyway by hand. */
    private static void requireLast(Connection connection, String schema, Step step, boolean lock) throws SQLException {
        if (lock) {
            Rows.execute(connection, List.of("LOCK TABLE " + history(schema) + " IN SHARE ROW EXCLUSIVE MODE"));
        }
        String last = SchemaHistory.version(connection, schema);
        if (!step.version().equals(last)) {
            throw new SQLException("the schema is at version " + last + " by now, and not at " + step.version());
        }
    }

    private static String history(String schema) {
        return SqlText.qualified(schema, SchemaHistory.FLYWAY_TABLE);
    }
}
