// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.rowsql.KeyedTable;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;

/** Whether both sides sort a table's keys alike, so that a range of keys holds the same rows on both. */
final class KeyOrder {
    /** Bytes compare alike everywhere. Other collations depend on the operating system's or on ICU's version. */
    private static final Set<String> EVERYWHERE = Set.of("", "C", "POSIX");

    private KeyOrder() {}

    static boolean same(Placement placement, TableSql sql) throws SQLException {
        if (!sql.sameOrder()) {
            return false;
        }
        List<String> serving = collations(placement.serving(), sql.servingKeys());
        List<String> idle = collations(placement.idle(), sql.idleKeys());
        if (placement instanceof OneDatabase) {
            return serving.equals(idle);
        }
        // A type of the user's own may be an enum, whose values may have another order there.
        boolean ownTypes = sql.table().key().stream().map(Key::servingType).anyMatch(type -> type.indexOf('.') >= 0);
        return !ownTypes && EVERYWHERE.containsAll(serving) && EVERYWHERE.containsAll(idle);
    }

    /** The collations of the key's columns, in its order; empty for a type that has none. */
    private static List<String> collations(DataSource database, KeyedTable table) throws SQLException {
        Map<String, String> byColumn = new HashMap<>();
        try (Connection connection = database.getConnection()) {
            Rows.query(
                    connection,
                    "SELECT a.attname, coalesce(CASE WHEN c.collname IN ('C', 'POSIX') THEN c.collname"
                            + " ELSE c.oid::regcollation::text END, '') FROM pg_attribute AS a LEFT JOIN pg_collation AS c"
                            + " ON c.oid = a.attcollation WHERE a.attrelid = to_regclass(?) AND a.attnum > 0",
                    row -> byColumn.put(row.getString(1), row.getString(2)),
                    table.main());
        }
        return table.keyColumns().stream()
                .map(column -> byColumn.getOrDefault(column, "?"))
                .toList();
    }
}
