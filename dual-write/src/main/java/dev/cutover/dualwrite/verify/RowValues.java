// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rowsql.KeyedTable;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.dualwrite.verify.Verification.Difference;
import dev.cutover.dualwrite.verify.Verification.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;

/** The two rows of a difference, for those who ask to see values. */
public final class RowValues {
    private static final int LONGEST = 500;

    private RowValues() {}

    /**
     * Both rows as they are now, in the idle side's columns: what the mapping makes of the serving row, and the idle row.
     * Long ones are cut. Empty if the mapping makes no row.
     */
    public static String of(Placement placement, MirrorPlan plan, Difference difference) throws SQLException {
        TablePlan table = plan.tables().get(difference.table());
        if (table == null || difference.kind() == Kind.REFUSED || difference.kind() == Kind.COUNTED) {
            return "";
        }
        TableSql sql = new TableSql(plan, table);
        return "the serving row is " + row(placement.serving(), sql.servingKeys(), sql.texts(), difference.key())
                + ", the idle one " + row(placement.idle(), sql.idleKeys(), sql.idleTexts(), difference.key()) + " in ("
                + sql.idleColumns() + ")";
    }

    private static String row(DataSource database, KeyedTable table, String values, String key) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement("SELECT left(ROW(" + values + ")::text, "
                        + (LONGEST + 1) + ") FROM " + table.joinedWithKeys())) {
            statement.setArray(1, connection.createArrayOf("text", new String[] {key}));
            try (ResultSet rows = statement.executeQuery()) {
                String text = rows.next() ? rows.getString(1) : "not there";
                return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
            }
        }
    }
}
