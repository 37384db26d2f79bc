// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.readcompare;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a query has answered on one side, as text.
 *
 * @param columns their names
 * @param nanos how long it took until the last row was here
 */
record ReadRows(List<String> columns, List<List<@Nullable String>> rows, long nanos) {
    static final int MOST = 10_000;
    private static final long MOST_CHARACTERS = 8 * 1024 * 1024;
    private static final int FETCHED_AT_ONCE = 500;

    /** The answer is too long to be kept. */
    static final class TooLong extends Exception {
        private static final long serialVersionUID = 1L;

        TooLong() {
            super("its result has more than 10,000 rows, or more than 8 MiB");
        }
    }

    /** Runs the query within the transaction of the connection. */
    static ReadRows of(Statement statement, String sql) throws SQLException, TooLong {
        long begin = System.nanoTime();
        statement.setFetchSize(FETCHED_AT_ONCE);
        try (ResultSet result = statement.executeQuery(sql)) {
            ResultSetMetaData description = result.getMetaData();
            int width = description.getColumnCount();
            List<String> columns = new ArrayList<>();
            for (int i = 1; i <= width; i++) {
                columns.add(description.getColumnLabel(i));
            }
            List<List<@Nullable String>> rows = new ArrayList<>();
            long characters = 0;
            while (result.next()) {
                @Nullable String[] row = new @Nullable String[width];
                for (int i = 0; i < width; i++) {
                    String value = result.getString(i + 1);
                    row[i] = value;
                    characters += value == null ? 0 : value.length();
                }
                rows.add(Arrays.asList(row));
                if (rows.size() > MOST || characters > MOST_CHARACTERS) {
                    throw new TooLong();
                }
            }
            return new ReadRows(columns, rows, System.nanoTime() - begin);
        }
    }
}
