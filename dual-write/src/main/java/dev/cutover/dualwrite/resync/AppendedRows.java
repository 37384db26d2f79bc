// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.mark.MarkedKeys.WholeTable;
import dev.cutover.dualwrite.model.MarkKey;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;

/**
 * Carries rows of a table that is append-only. A key is the place of a row, see {@link MarkKey#place}.
 *
 * <p>Each row is inserted once: its mark is deleted in the same transaction, and the net makes one mark for each row. The net refuses
 * every other change, so a row stays where it was inserted. Only a statement that writes the table into another file moves it. Then
 * the mark names another file, and the row is refused.
 */
final class AppendedRows implements TableCarrier {
    private final TableSql sql;
    private final String insert;
    private final String delete;

    AppendedRows(MirrorPlan plan, TablePlan table) {
        this.sql = new TableSql(plan, table);
        this.insert = plan.maintenanceToken() + " INSERT INTO " + sql.idle() + " (" + sql.idleColumns()
                + ") OVERRIDING SYSTEM VALUE SELECT " + sql.expressions() + " FROM " + sql.servingMain()
                + " AS cutover_t WHERE cutover_t." + places(sql.servingName());
        this.delete = plan.maintenanceToken() + " DELETE FROM " + sql.idleRows() + " AS cutover_i WHERE cutover_i."
                + places(sql.idle());
    }

    /** As an array: so the server looks at these places only. */
    private static String places(String table) {
        return "ctid = ANY (ARRAY(SELECT (key->>0)::tid FROM unnest(?::jsonb[]) AS key WHERE (key->>1)::bigint ="
                + " pg_relation_filenode(" + SqlText.literal(table) + "::regclass)::bigint))";
    }

    @Override
    public void apply(Connection connection, Collection<String> keys) throws SQLException {
        if (update(connection, insert, keys) < keys.size()) {
            throw rewritten(sql.servingName());
        }
    }

    private static SQLException rewritten(String table) {
        return new SQLException(
                "rows of " + table + " are not where they were inserted: the table was rewritten"
                        + " (VACUUM FULL, CLUSTER). Abort the transition, empty the idle table, and begin again",
                "23000");
    }

    @Override
    public void replace(Connection connection, Collection<String> keys) throws SQLException {
        apply(connection, keys);
    }

    /** Does nothing: no row of these keys is there. */
    @Override
    public void clear(Connection connection, Collection<String> keys) {}

    /** Does nothing: the net refuses TRUNCATE. */
    @Override
    public void expand(Connection connection, WholeTable whole) {}

    @Override
    public void remove(Connection connection, Collection<String> keys) throws SQLException {
        if (update(connection, delete, keys) < keys.size()) {
            throw rewritten(sql.idle());
        }
    }

    private static int update(Connection connection, String statementText, Collection<String> keys)
            throws SQLException {
        Array array = connection.createArrayOf("text", keys.toArray());
        try (PreparedStatement statement = connection.prepareStatement(statementText)) {
            statement.setArray(1, array);
            return statement.executeUpdate();
        }
    }
}
