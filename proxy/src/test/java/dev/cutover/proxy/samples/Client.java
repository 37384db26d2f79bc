// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.samples;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * One client of a sample schema: a connection through the proxy, its random choices, and what it has done to the number of
 * rows of each table.
 */
final class Client {
    private final Connection connection;
    private final Random random;
    private final int number;
    private final Map<String, Long> rows = new HashMap<>();
    private final Map<String, Long> uncommitted = new HashMap<>();
    private int lastId;

    Client(Connection connection, Random random, int number) {
        this.connection = connection;
        this.random = random;
        this.number = number;
    }

    /** What one does in a step. */
    @FunctionalInterface
    interface Work {
        void run() throws SQLException;
    }

    /** A number from 1 to {@code most}. */
    int any(int most) {
        return 1 + random.nextInt(most);
    }

    /** A key that no other client makes. */
    int newId() {
        return number * 1_000_000 + ++lastId;
    }

    /** Whether the transaction that runs now sees the green side. */
    boolean onGreen() throws SQLException {
        return text("SELECT current_schema()").equals("v2");
    }

    /** Runs a statement; answers how many rows it changed. */
    int run(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    /** The first value of the first row. */
    String text(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getString(1) : "";
        }
    }

    /** A number of the first row. */
    long number(String sql, Object... parameters) throws SQLException {
        return Long.parseLong(text(sql, parameters));
    }

    private PreparedStatement prepare(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    /** So many rows more of a table, as the blue side names it, once what runs now is committed. */
    void more(String table, long count) {
        uncommitted.merge(table, count, Long::sum);
    }

    /** A transaction block; rolled back now and then, by its own will. */
    void block(Work work) throws SQLException {
        connection.setAutoCommit(false);
        work.run();
        if (random.nextInt(8) == 0) {
            connection.rollback();
            uncommitted.clear();
        } else {
            connection.commit();
        }
        connection.setAutoCommit(true);
        committed();
    }

    /** A statement that fails within a block, which goes on behind its savepoint. */
    void failing(String sqlState, String sql, Object... parameters) throws SQLException {
        java.sql.Savepoint savepoint = connection.setSavepoint();
        try {
            run(sql, parameters);
        } catch (SQLException e) {
            if (!sqlState.equals(e.getSQLState())) {
                throw e;
            }
            connection.rollback(savepoint);
            return;
        }
        throw new SQLException("should have failed with " + sqlState + ": " + sql);
    }

    /** What was not in a block is committed. */
    void committed() {
        uncommitted.forEach((table, count) -> rows.merge(table, count, Long::sum));
        uncommitted.clear();
    }

    /** Rows added, less those deleted, of each table. */
    Map<String, Long> rows() {
        return rows;
    }
}
