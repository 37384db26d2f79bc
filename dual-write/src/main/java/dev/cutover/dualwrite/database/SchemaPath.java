// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The {@code search_path} of a maintenance transaction that writes or reads a tenant's rows. Defaults, checks, domains, indexes and
 * triggers of the tenant's tables then find what they name without a schema, as they do for the tenant's clients.
 */
public final class SchemaPath {
    private SchemaPath() {}

    /**
     * Sets it for the rest of the transaction. What the session's own path has stays behind it, so that a mapping's expressions
     * find what they found when they were tried.
     *
     * @param path a side's, as SQL text
     */
    public static void begin(Connection connection, String path) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(setting(path));
        }
    }

    /** The statements that {@link #begin} runs. */
    static String setting(String path) {
        String literal = "'" + path.replace("'", "''") + "'";
        return "SET LOCAL search_path TO DEFAULT;"
                + " SELECT set_config('search_path', concat_ws(', ', " + literal
                + ", nullif(current_setting('search_path'), '')), true)";
    }
}
