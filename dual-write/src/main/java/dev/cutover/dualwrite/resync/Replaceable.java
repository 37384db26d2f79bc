// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What has to be known of an idle table before its rows are replaced and not updated. */
final class Replaceable {
    private static final String COLUMNS = """
            SELECT attname FROM pg_attribute
            WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            ORDER BY attnum""";

    /** A foreign key whose table would lose rows, or values, with a row that is deleted and comes back. */
    private static final String FOLLOWING = """
            SELECT conrelid::regclass || ': ' || conname FROM pg_constraint
            WHERE contype = 'f' AND confrelid = to_regclass(?) AND confdeltype IN ('c', 'n', 'd')""";

    private Replaceable() {}

    /** The idle table's columns that are not carried and that an INSERT can set. */
    static List<String> uncarried(Connection idle, TableSql sql) throws SQLException {
        List<String> columns = new ArrayList<>(Rows.query(idle, COLUMNS, row -> row.getString(1), sql.idle()));
        sql.table().assignments().stream().map(Assignment::idleColumn).forEach(columns::remove);
        return columns;
    }

    /** Fails if to delete a row would change rows of another table. */
    static void refuseFollowed(Connection idle, TableSql sql) throws SQLException {
        List<String> following = Rows.query(idle, FOLLOWING, row -> row.getString(1), sql.idle());
        if (!following.isEmpty()) {
            throw new SQLException(
                    "rows of " + sql.idle() + " cannot be replaced: a foreign key follows their deletion: "
                            + String.join(", ", following),
                    "23001");
        }
    }
}
