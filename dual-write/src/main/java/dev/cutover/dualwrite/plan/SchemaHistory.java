package dev.cutover.dualwrite.plan;

import dev.cutover.dualwrite.rewrite.SqlText;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The version table that the migration tool keeps in each schema. */
public final class SchemaHistory {
    public static final String FLYWAY_TABLE = "flyway_schema_history";

    private static final Set<String> HISTORY_TABLES =
            Set.of(FLYWAY_TABLE, "databasechangelog", "databasechangeloglock");

    private SchemaHistory() {}

    static boolean isHistoryTable(String table) {
        return HISTORY_TABLES.contains(table);
    }

    /** The highest version that was applied with success; null where no tool has run. */
    public static @Nullable String version(Connection connection, String schema) throws SQLException {
        String table = SqlText.qualified(schema, FLYWAY_TABLE);
        try (Statement statement = connection.createStatement()) {
            try (ResultSet exists = statement.executeQuery("SELECT to_regclass(" + SqlText.literal(table) + ")")) {
                if (!exists.next() || exists.getString(1) == null) {
                    return null;
                }
            }
            try (ResultSet rows = statement.executeQuery("SELECT version FROM " + table
                    + " WHERE success AND version IS NOT NULL ORDER BY installed_rank DESC LIMIT 1")) {
                return rows.next() ? rows.getString(1) : null;
            }
        }
    }
}
