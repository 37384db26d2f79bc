// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.schema.difference.CatalogListing;
import java.nio.charset.StandardCharsets;
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
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * How a schema's catalog has changed since its migrations made it, past them: its drift. What they made is noted when they have
 * run, in the schema's own database.
 */
public final class MadeByMigrations {
    private static final String NEVER_NOTED = "no migration was run by cutover prepare, and no baseline was taken";

    private static final String TABLE = "made_by_migrations";
    private static final String SCRATCH = "cutover_check_";
    /** In bytes. */
    private static final int LONGEST_NAME = 63;

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
     * Notes that migrations in place begin. Where earlier ones have not ended, undo still leads back to where those began.
     *
     * @param version that the schema has
     */
    public static void begin(DataSource database, TransitionSchema transition, String schema, String version)
            throws SQLException {
        transition.migrate(database);
        Transactions.Steps steps = connection -> {
            List<String> lines = CatalogListing.of(connection, transition, schema);
            try (PreparedStatement statement = connection.prepareStatement("INSERT INTO " + transition.table(TABLE)
                    + " AS made (schema_name, version, lines, before, unfinished) VALUES (?, ?, ?, ?, true)"
                    + " ON CONFLICT (schema_name) DO UPDATE SET unfinished = true,"
                    + " before = CASE WHEN made.unfinished THEN made.before ELSE EXCLUDED.before END")) {
                statement.setString(1, schema);
                statement.setString(2, version);
                statement.setArray(3, connection.createArrayOf("text", lines.toArray()));
                statement.setString(4, version);
                statement.executeUpdate();
            }
        };
        Transactions.once(database, LOCK_TIMEOUT, steps.asWork());
    }

    /** Notes the schema as it is now, after a script has failed that followed others. The migrations have not ended. */
    public static void noteInPart(DataSource database, TransitionSchema transition, String schema) throws SQLException {
        Transactions.Steps steps = connection -> {
            String version = SchemaHistory.version(connection, schema);
            List<String> lines = CatalogListing.of(connection, transition, schema);
            try (PreparedStatement statement = connection.prepareStatement("UPDATE " + transition.table(TABLE)
                    + " SET version = ?, lines = ?, at = DEFAULT WHERE schema_name = ?")) {
                statement.setString(1, version == null ? "" : version);
                statement.setArray(2, connection.createArrayOf("text", lines.toArray()));
                statement.setString(3, schema);
                statement.executeUpdate();
            }
        };
        Transactions.once(database, LOCK_TIMEOUT, steps.asWork());
    }

    /**
     * Notes the schema as it is now, after migrations or undo scripts in place have ended.
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
                    + " lines = EXCLUDED.lines, at = EXCLUDED.at, before = EXCLUDED.before, unfinished = false")) {
                statement.setString(1, schema);
                statement.setString(2, version == null ? "" : version);
                statement.setArray(3, connection.createArrayOf("text", lines.toArray()));
                statement.setString(4, before);
                statement.executeUpdate();
            }
        };
        Transactions.once(database, LOCK_TIMEOUT, steps.asWork());
    }

    /**
     * What is noted of the last migrations in place.
     *
     * @param version that was noted last
     * @param before the version that undo leads back to; null if there is none
     * @param unfinished whether they have begun and not ended
     */
    public record InPlace(String version, @Nullable String before, boolean unfinished) {
        private static final InPlace NONE = new InPlace("", null, false);

        /** Whether an undo has ended that was not noted: its proxy has died. @param now the schema's version */
        public boolean undone(String now) {
            return now.equals(before) && !now.equals(version);
        }
    }

    /** What is noted of the last migrations in place. Reads only, also where an older proxy has made the table. */
    public static InPlace inPlace(DataSource database, TransitionSchema transition, String schema) throws SQLException {
        try (Connection connection = database.getConnection()) {
            if (!transition.has(connection, TABLE)) {
                return InPlace.NONE;
            }
            List<InPlace> found = Rows.query(
                    connection,
                    "SELECT version, to_jsonb(m) ->> 'before', coalesce((to_jsonb(m) ->> 'unfinished')::boolean, false)"
                            + " FROM " + transition.table(TABLE) + " m WHERE schema_name = ?",
                    row -> new InPlace(row.getString(1), row.getString(2), row.getBoolean(3)),
                    schema);
            return found.isEmpty() ? InPlace.NONE : found.get(0);
        }
    }

    /**
     * What the migrations make from nothing.
     *
     * @param lines of the schema; null where that cannot be told
     * @param unknown why it cannot be told; empty where it can
     */
    public record Expected(@Nullable List<String> lines, String unknown) {}

    /**
     * The lines of a schema that the migrations make from nothing. It is made and dropped for that. Migrations that name the schema itself
     * would change it, and not the other one; those do not run.
     */
    public static Expected expected(
            MigrationTool tool,
            DataSource database,
            TransitionSchema transition,
            String schema,
            BooleanSupplier cancelled)
            throws SQLException, InterruptedException {
        String scratch = scratch(schema);
        Transactions.Steps drop = connection -> Migration.drop(connection, scratch);
        Transactions.once(database, LOCK_TIMEOUT, drop.asWork());
        try {
            for (PendingMigration each : tool.pending(database, scratch)) {
                if (names(each.script(), schema)) {
                    return new Expected(null, each.name() + " names schema " + schema);
                }
            }
            tool.migrate(database, scratch, cancelled);
            try (Connection connection = database.getConnection()) {
                return new Expected(CatalogListing.of(connection, transition, scratch), "");
            }
        } catch (MigrationFailedException e) {
            return new Expected(null, "they do not run from nothing: " + OneLine.of(e));
        } finally {
            Transactions.once(database, LOCK_TIMEOUT, drop.asWork());
        }
    }

    /** Names of schemas that begin alike must not become the same. */
    private static String scratch(String schema) {
        String name = SCRATCH + schema;
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= LONGEST_NAME ? name : SCRATCH + UUID.nameUUIDFromBytes(bytes);
    }

    /** Strings count: a function's body and dynamic SQL are ones. */
    private static boolean names(String script, String schema) {
        return Pattern.compile("(?<![\\w$])" + Pattern.quote(schema) + "(?![\\w$])", Pattern.CASE_INSENSITIVE)
                .matcher(script)
                .find();
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
