// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.mirror.Rewrite.Shape;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What a client sees: the row count, and for RETURNING the columns and the rows. */
record Outcome(long count, String columns, List<String> rows) {
    /** Runs a statement; with parameters as PREPARE and EXECUTE. */
    static Outcome run(Connection connection, String schema, String sql, String parameters) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute("SET LOCAL search_path TO " + schema);
            boolean rows;
            if (parameters.isEmpty()) {
                rows = statement.execute(sql);
            } else {
                statement.execute("PREPARE s AS " + sql);
                rows = statement.execute("EXECUTE s " + parameters);
            }
            Outcome outcome = rows ? Outcome.of(statement.getResultSet()) : Outcome.of(statement.getUpdateCount());
            if (!parameters.isEmpty()) {
                statement.execute("DEALLOCATE s");
            }
            return outcome;
        }
    }

    static Outcome of(long count) {
        return new Outcome(count, "", List.of());
    }

    static Outcome of(ResultSet result) throws SQLException {
        ResultSetMetaData meta = result.getMetaData();
        StringBuilder columns = new StringBuilder();
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            columns.append(meta.getColumnLabel(i))
                    .append(' ')
                    .append(meta.getColumnTypeName(i))
                    .append(' ');
            columns.append(meta.getPrecision(i))
                    .append(' ')
                    .append(meta.getScale(i))
                    .append('|');
        }
        List<String> rows = new ArrayList<>();
        while (result.next()) {
            StringBuilder row = new StringBuilder();
            for (int i = 1; i <= meta.getColumnCount(); i++) {
                row.append(i == 1 ? "" : "|").append(result.getString(i));
            }
            rows.add(row.toString());
        }
        return new Outcome(rows.size(), columns.toString(), rows);
    }

    Outcome as(Shape shape) {
        return shape == Shape.COUNT_ROW ? of(Long.parseLong(rows.get(0))) : this;
    }
}
