// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.catalog;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A table of one side, or a column of it, that the mapping does not carry to the other side and back.
 *
 * @param column null for the whole table
 * @param consent what the mapping says of it: the reason for which its rows stay behind, or that it is dropped; null if
 *     nothing
 * @param remedy what to write in the mapping file
 */
public record Uncarried(
        Side side,
        String table,
        @Nullable String column,
        Gap gap,
        @Nullable String consent,
        String remedy) {

    /** What is missing. */
    public enum Gap {
        /** Nothing on the other side is made from it. */
        UNREAD,
        /** The other side is made from it, but nothing comes back. */
        NOT_GIVEN_BACK
    }

    /** For people: {@code green column t.c}, or {@code green table t}. */
    public String described() {
        return side.label() + (column == null ? " table " + table : " column " + table + "." + column);
    }

    /** Whether there is anything to lose: a row of the table, or one with a value in the column. */
    public boolean holdsSomething(Connection connection, String schema) throws SQLException {
        String rows = SqlText.qualified(schema, table);
        // Unlike IS NOT NULL, this takes a composite value with a null in it for a value.
        String where = column == null ? "" : " WHERE " + SqlText.identifier(column) + " IS DISTINCT FROM NULL";
        return Rows.query(connection, "SELECT EXISTS (SELECT FROM " + rows + where + ")", row -> row.getBoolean(1))
                .contains(true);
    }
}
