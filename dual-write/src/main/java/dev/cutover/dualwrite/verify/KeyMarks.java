// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import static dev.cutover.dualwrite.model.SqlText.literal;
import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Set;

/**
 * The marks of some keys of one table, made on either side. The keys are put into a hash table: to compare each mark with each key
 * takes longer than a connection waits, where there are many of both.
 */
final class KeyMarks {
    private final String query;

    KeyMarks(MirrorPlan plan, TablePlan table) {
        this.query = "SELECT key::text FROM " + plan.transition().marks() + " WHERE tenant = " + literal(plan.tenant())
                + " AND ((side = " + literal(plan.serving().name()) + " AND tbl IN ("
                + table.servingTables().map(SqlText::literal).collect(joining(", ")) + ")) OR (side = "
                + literal(plan.serving().other().name()) + " AND tbl = " + literal(table.idleTable())
                + ")) AND (key IS NULL OR key IN (SELECT cutover_k::jsonb FROM unnest(?::text[]) AS cutover_k))";
    }

    /** Adds those of the keys that are marked. @return whether the whole table is marked */
    boolean among(Connection connection, Collection<String> keys, Set<String> marked) throws SQLException {
        boolean wholeTable = false;
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setArray(1, connection.createArrayOf("text", keys.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String key = rows.getString(1);
                    if (key == null) {
                        wholeTable = true;
                    } else {
                        marked.add(key);
                    }
                }
            }
        }
        return wholeTable;
    }
}
