// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transfer;

import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.rowsql.KeyedTable;
import dev.cutover.dualwrite.rowsql.RowHash;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Rows of a table divided by a hash of their key, so that two databases can be compared by a few sums, and only what lies in
 * buckets that differ has to be looked at row by row. Databases that hash differently, or types that are written differently,
 * only cost that all buckets differ.
 *
 * @param count of buckets, a power of two; with one, no key is hashed
 */
public record KeyBuckets(int count) {
    /** All rows in one. */
    public static final KeyBuckets ONE = new KeyBuckets(1);

    private static final int FETCH_ROWS = 1_000;

    /** Rows and the sum of their hashes. */
    public record Sum(long rows, String hash) {}

    /** Takes a batch of rows, each the texts of its columns. */
    @FunctionalInterface
    public interface Batch {
        void accept(List<List<String>> rows) throws SQLException;
    }

    /** A query of one side. */
    @FunctionalInterface
    public interface Query<T> {
        T run() throws SQLException;
    }

    private String bucket(KeyedTable table) {
        return count == 1 ? "0" : "(" + RowHash.of(table.keyTexts()) + " & " + (count - 1) + ")::int";
    }

    /** By bucket; one without rows is left out. @param hash of a row, which is summed up */
    public Map<Integer, Sum> sums(Connection connection, KeyedTable table, KeyRange range, String hash)
            throws SQLException {
        Map<Integer, Sum> sums = new HashMap<>();
        // A sum, unlike an exclusive or, does not cancel out two equal rows. PostgreSQL's is wider than its bigint.
        String query = "SELECT " + bucket(table) + ", count(*), sum(" + hash + ") FROM " + table.from() + " WHERE "
                + table.in(range) + " GROUP BY 1";
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            table.bind(statement, 1, range);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    sums.put(rows.getInt(1), new Sum(rows.getLong(2), rows.getString(3)));
                }
            }
        }
        return sums;
    }

    /** The buckets that differ. Both queries run at the same time, so each needs a connection of its own. */
    public static List<Integer> different(Query<Map<Integer, Sum>> one, Query<Map<Integer, Sum>> other)
            throws SQLException {
        return different(together(one, other));
    }

    /** The buckets that differ. */
    public static List<Integer> different(Both<Map<Integer, Sum>> sums) {
        Collection<Integer> buckets = new TreeSet<>(sums.one().keySet());
        buckets.addAll(sums.other().keySet());
        return buckets.stream()
                .filter(bucket ->
                        !Objects.equals(sums.one().get(bucket), sums.other().get(bucket)))
                .toList();
    }

    /** What two queries have answered. */
    public record Both<T>(T one, T other) {}

    /** Runs two queries at the same time. Both have ended when this returns or throws: a pool may lend their connections again. */
    public static <T> Both<T> together(Query<T> one, Query<T> other) throws SQLException {
        FutureTask<T> second = new FutureTask<>(other::run);
        Thread thread = new Thread(second, "idle-side");
        thread.setDaemon(true);
        thread.start();
        try {
            T first = one.run();
            return new Both<>(first, second.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted", "57014", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException failed) {
                throw failed;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            awaitEnd(thread);
        }
    }

    private static void awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Reads the rows of some buckets, in no order.
     *
     * @param columns the result's, each cast to text by the driver
     * @param most rows at a time
     */
    public void rows(
            Connection connection,
            KeyedTable table,
            KeyRange range,
            Collection<Integer> buckets,
            String columns,
            int most,
            Batch batch)
            throws SQLException {
        if (buckets.isEmpty()) {
            return;
        }
        String query = "SELECT " + columns + " FROM " + table.from() + " WHERE " + table.in(range) + " AND "
                + bucket(table) + " = ANY (?)";
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setFetchSize(FETCH_ROWS);
            int next = table.bind(statement, 1, range);
            statement.setArray(next, connection.createArrayOf("int4", buckets.toArray()));
            List<List<String>> rows = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                int width = result.getMetaData().getColumnCount();
                while (result.next()) {
                    List<String> row = new ArrayList<>(width);
                    for (int i = 1; i <= width; i++) {
                        row.add(result.getString(i));
                    }
                    rows.add(row);
                    if (rows.size() == most) {
                        batch.accept(rows);
                        rows.clear();
                    }
                }
            }
            if (!rows.isEmpty()) {
                batch.accept(rows);
            }
        }
    }
}
