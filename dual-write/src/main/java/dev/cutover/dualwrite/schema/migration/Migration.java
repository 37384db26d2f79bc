// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What is done to a schema before and after its migrations. */
public final class Migration {
    private Migration() {}

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
