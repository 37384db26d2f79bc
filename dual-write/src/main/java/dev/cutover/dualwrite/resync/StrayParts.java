// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.model.MirrorPlan.ServingPart;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Rows that hold a part of a row which is not there. The other side, where that part lies in the row itself, has no place for
 * them; so their marks stay, and with them the word that something would be lost.
 */
final class StrayParts {
    /** As PostgreSQL says it of a foreign key that would have forbidden such a row. */
    private static final String FOREIGN_KEY_VIOLATION = "23503";

    private final TableSql sql;

    StrayParts(TableSql sql) {
        this.sql = sql;
    }

    /** @throws SQLException naming one, if there is any among these keys (JSON arrays) */
    void refuse(Connection serving, Array keys) throws SQLException {
        for (ServingPart part : sql.table().servingParts()) {
            String query =
                    "SELECT cutover_k::text FROM unnest(?::jsonb[]) AS cutover_m (cutover_k) WHERE EXISTS (SELECT"
                            + sql.strays(part) + " AND (" + TableSql.keyOf(part) + ") = ("
                            + sql.servingKeyOf("cutover_k")
                            + ")) LIMIT 1";
            try (PreparedStatement statement = serving.prepareStatement(query)) {
                statement.setArray(1, keys);
                try (ResultSet rows = statement.executeQuery()) {
                    if (rows.next()) {
                        throw new SQLException(
                                "ERROR: row " + rows.getString(1) + " of " + part.table() + " belongs to no row of "
                                        + sql.table().servingTable() + ", and the other side has no place for it",
                                FOREIGN_KEY_VIOLATION);
                    }
                }
            }
        }
    }
}
