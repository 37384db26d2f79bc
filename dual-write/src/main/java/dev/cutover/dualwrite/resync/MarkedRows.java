// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.rowsql.KeyedTable;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.dualwrite.transfer.CopyStream;
import dev.cutover.dualwrite.transfer.IdleWriter;
import dev.cutover.dualwrite.transfer.RowLimit;
import dev.cutover.dualwrite.transfer.RowStage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The serving rows of marked keys. Small rows go through memory, some at a time. Large ones are only counted, and streamed to the
 * idle side one by one: a batch of marks may stand for gigabytes.
 *
 * @param large keys of large rows
 * @param gone keys that have no row
 */
record MarkedRows(List<String> large, List<String> gone) {
    /** A row of more bytes is large. */
    private static final int SMALL_BYTES = 256 * 1024;

    private static final int FETCH_ROWS = 100;

    /**
     * Hands the small rows over to the writer, which has written them when this returns.
     *
     * @throws SQLException if a row is larger than the limit
     */
    static MarkedRows read(Connection serving, TableSql sql, List<String> keys, RowLimit limit, IdleWriter writer)
            throws SQLException {
        KeyedTable table = sql.servingKeys();
        String small = "cutover_size <= " + SMALL_BYTES;
        String texts = sql.columnTexts().stream()
                .map(text -> "CASE WHEN " + small + " THEN " + text + " END")
                .collect(Collectors.joining(", "));
        String query = "SELECT cutover_m.cutover_n, " + table.keyJson() + ", " + small + ", cutover_size, " + texts
                + " FROM "
                + table.joinedWithKeys() + " CROSS JOIN LATERAL (SELECT " + sql.size()
                + " OFFSET 0) AS cutover_z (cutover_size)";
        boolean[] found = new boolean[keys.size()];
        // Marks of bob and Bob may mean one row, which one statement must not write twice.
        Set<String> rowsRead = new HashSet<>();
        List<String> large = new ArrayList<>();
        try (PreparedStatement statement = serving.prepareStatement(query)) {
            statement.setFetchSize(FETCH_ROWS);
            statement.setArray(1, serving.createArrayOf("text", keys.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    int position = rows.getInt(1) - 1;
                    found[position] = true;
                    if (!rowsRead.add(rows.getString(2))) {
                        continue;
                    }
                    if (rows.getLong(4) > limit.bytes()) {
                        throw limit.refusal(
                                "row " + rows.getString(2) + " of "
                                        + sql.table().servingTable(),
                                rows.getLong(4));
                    } else if (rows.getBoolean(3)) {
                        writer.add(rows, 5);
                    } else {
                        large.add(keys.get(position));
                    }
                }
            }
        }
        writer.flush();
        List<String> gone = new ArrayList<>();
        for (int i = 0; i < found.length; i++) {
            if (!found[i]) {
                gone.add(keys.get(i));
            }
        }
        return new MarkedRows(large, gone);
    }

    /** Makes the idle rows of the large rows equal. */
    void streamLarge(Connection serving, Connection idle, TableSql sql, RowStage stage) throws SQLException {
        if (large.isEmpty()) {
            return;
        }
        stage.create(idle);
        String rows = "SELECT " + sql.texts() + " FROM " + sql.servingKeys().joinedWithKeys(large);
        CopyStream.run(serving, rows, idle, RowStage.INTO);
        stage.insert(idle, sql.onConflictUpdate());
        stage.drop(idle);
    }
}
