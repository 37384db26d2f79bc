// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.schema.difference.CatalogListing;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * How a schema's catalog has changed since its migrations made it, past them: its drift. What they made is noted when they have
 * run, in the schema's own database.
 */
public final class MadeByMigrations {
    private static final String NEVER_NOTED = "no migration was run by cutover prepare, and no baseline was taken";

    private static final String TABLE = "made_by_migrations";
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

    private MadeByMigrations() {}

    /**
     * What has changed.
     *
     * @param lines {@code + line} for what is there now, {@code - line} for what was; null where that cannot be told
     * @param unknown why it cannot be told; null where it can
     */
    public record Drift(
            @Nullable List<String> lines, @Nullable String unknown) {
        static Drift cannotBeTold(String why) {
            return new Drift(null, why);
        }
    }

    /** Notes the schema as it is now, which is as its migrations have made it; does so again for later ones. */
    public static void note(DataSource database, TransitionSchema transition, String schema) throws SQLException {
        note(database, transition, schema, null, null);
    }

    /**
     * The same.
     *
     * @param before the version that undo leads back to; null if there is none
     * @param expected what the migrations make, by {@link #expected}; null if the schema counts as that
     */
    public static void note(
            DataSource database,
            TransitionSchema transition,
            String schema,
            @Nullable String before,
            @Nullable List<String> expected)
            throws SQLException {
        transition.migrate(database);
        Transactions.Steps steps = connection -> {
            String version = SchemaHistory.version(connection, schema);
            List<String> lines = expected != null ? expected : CatalogListing.of(connection, transition, schema);
            try (PreparedStatement statement = connection.prepareStatement("INSERT INTO " + transition.table(TABLE)
                    + " (schema_name, version, lines, before) VALUES (?, ?, ?, ?)"
                    + " ON CONFLICT (schema_name) DO UPDATE SET version = EXCLUDED.version,"
                    + " lines = EXCLUDED.lines, at = EXCLUDED.at, before = EXCLUDED.before")) {
                statement.setString(1, schema);
                statement.setString(2, version == null ? "" : version);
                statement.setArray(3, connection.createArrayOf("text", lines.toArray()));
                statement.setString(4, before);
                statement.executeUpdate();
            }
        };
        Transactions.once(database, LOCK_TIMEOUT, steps.asWork());
    }

    /** The version before the last migration in place; null if there was none since. */
    public static @Nullable String before(DataSource database, TransitionSchema transition, String schema)
            throws SQLException {
        try (Connection connection = database.getConnection()) {
            if (!transition.has(connection, TABLE)) {
                return null;
            }
            List<@Nullable String> found = new ArrayList<>();
            Rows.query(
                    connection,
                    "SELECT before FROM " + transition.table(TABLE) + " WHERE schema_name = ?",
                    row -> found.add(row.getString(1)),
                    schema);
            return found.isEmpty() ? null : found.get(0);
        }
    }

    /**
     * The lines of a schema that the migrations make from nothing. It is made and dropped for that.
     *
     * @param scratch its name
     */
    public static List<String> expected(
            MigrationTool tool,
            DataSource database,
            TransitionSchema transition,
            String scratch,
            BooleanSupplier cancelled)
            throws SQLException, MigrationFailedException, InterruptedException {
        Transactions.Steps drop = connection -> Migration.drop(connection, scratch);
        Transactions.once(database, LOCK_TIMEOUT, drop.asWork());
        try {
            tool.migrate(database, scratch, cancelled);
            try (Connection connection = database.getConnection()) {
                return CatalogListing.of(connection, transition, scratch);
            }
        } finally {
            Transactions.once(database, LOCK_TIMEOUT, drop.asWork());
        }
    }

    private static List<String> difference(List<String> then, List<String> today) {
        Set<String> before = new LinkedHashSet<>(then);
        Set<String> now = new LinkedHashSet<>(today);
        List<String> lines = new ArrayList<>();
        before.stream().filter(line -> !now.contains(line)).forEach(line -> lines.add("- " + line));
        now.stream().filter(line -> !before.contains(line)).forEach(line -> lines.add("+ " + line));
        return lines;
    }

    /** The schema's drift. Reads only. */
    public static Drift drift(DataSource database, TransitionSchema transition, String schema) throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, connection -> drift(connection, transition, schema));
    }

    private record Noted(String version, List<String> lines) {}

    private static Drift drift(Connection connection, TransitionSchema transition, String schema) throws SQLException {
        if (!transition.has(connection, TABLE)) {
            return Drift.cannotBeTold(NEVER_NOTED);
        }
        List<Noted> noted = Rows.query(
                connection,
                "SELECT version, lines FROM " + transition.table(TABLE) + " WHERE schema_name = ?",
                row -> new Noted(row.getString(1), texts(row.getArray(2))),
                schema);
        if (noted.isEmpty()) {
            return Drift.cannotBeTold(NEVER_NOTED);
        }
        String version = Objects.requireNonNullElse(SchemaHistory.version(connection, schema), "");
        Noted then = noted.get(0);
        if (!version.equals(then.version())) {
            return Drift.cannotBeTold(
                    "it was noted at version " + then.version() + ", and others have migrated it since");
        }
        return new Drift(difference(then.lines(), CatalogListing.of(connection, transition, schema)), null);
    }

    private static List<String> texts(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }
}
