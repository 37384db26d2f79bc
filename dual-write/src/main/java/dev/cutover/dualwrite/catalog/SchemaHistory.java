// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.catalog;

import dev.cutover.dualwrite.model.SqlText;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The version table that the migration tool keeps in each schema. */
public final class SchemaHistory {
    public static final String FLYWAY_TABLE = "flyway_schema_history";

    private static final String LIQUIBASE_TABLE = "databasechangelog";

    private static final Set<String> HISTORY_TABLES = Set.of(FLYWAY_TABLE, LIQUIBASE_TABLE, "databasechangeloglock");

    private SchemaHistory() {}

    static boolean isHistoryTable(String table) {
        return HISTORY_TABLES.contains(table);
    }

    /**
     * The highest version that Flyway has applied with success, or the id of the change set that Liquibase has applied last;
     * null where no tool has run.
     */
    public static @Nullable String version(Connection connection, String schema) throws SQLException {
        String flyway = last(
                connection,
                SqlText.qualified(schema, FLYWAY_TABLE),
                "SELECT version FROM %s WHERE success AND version IS NOT NULL ORDER BY installed_rank DESC LIMIT 1");
        return flyway != null
                ? flyway
                : last(
                        connection,
                        SqlText.qualified(schema, LIQUIBASE_TABLE),
                        "SELECT id FROM %s ORDER BY orderexecuted DESC LIMIT 1");
    }

    private static @Nullable String last(Connection connection, String table, String query) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet exists = statement.executeQuery("SELECT to_regclass(" + SqlText.literal(table) + ")")) {
                if (!exists.next() || exists.getString(1) == null) {
                    return null;
                }
            }
            try (ResultSet rows = statement.executeQuery(String.format(query, table))) {
                return rows.next() ? rows.getString(1) : null;
            }
        }
    }
}
