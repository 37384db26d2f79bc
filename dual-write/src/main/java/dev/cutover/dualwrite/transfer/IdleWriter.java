// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transfer;

import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Inserts rows that come as text into one idle table: some hundreds with one statement, fewer where they are large, so
 * that what is in memory stays small.
 */
public final class IdleWriter {
    /** What one statement may write at most. */
    private record Most(int rows, int characters) {}

    private static final Most BATCH = new Most(1_000, 4 * 1024 * 1024);
    /** Rows that block each other have to be written by one statement. */
    private static final Most GROUP = new Most(10_000, 64 * 1024 * 1024);

    private final Connection idle;
    private final Most most;
    private final String statementText;
    private final List<List<@Nullable String>> columns;
    private int rows;
    private long characters;

    private IdleWriter(Connection idle, TableSql sql, Most most, String statementText) {
        this.idle = idle;
        this.most = most;
        this.statementText = statementText;
        this.columns =
                new ArrayList<>(Collections.nCopies(sql.table().assignments().size(), List.of()));
        columns.replaceAll(none -> new ArrayList<>());
    }

    /** Rows that are there already are made equal. */
    public static IdleWriter overwriting(Connection idle, String token, TableSql sql) {
        return new IdleWriter(idle, sql, BATCH, insert(token, sql) + sql.onConflictUpdate());
    }

    /** Rows that are there already stay. */
    public static IdleWriter insertingIfAbsent(Connection idle, String token, TableSql sql) {
        return new IdleWriter(idle, sql, BATCH, insert(token, sql) + sql.onConflictStay());
    }

    /** Deletes rows that are there and inserts them with new values; leaves out all others. See {@link TableSql#replace}. */
    public static IdleWriter replacing(Connection idle, String token, TableSql sql, List<String> uncarried) {
        return new IdleWriter(idle, sql, GROUP, token + " " + sql.replace(rows(sql), uncarried));
    }

    private static String insert(String token, TableSql sql) {
        return token + " INSERT INTO " + sql.idle() + " (" + sql.idleColumns() + ") OVERRIDING SYSTEM VALUE "
                + rows(sql) + " ";
    }

    /** A query of the rows, whose parameters are an array for each column. */
    private static String rows(TableSql sql) {
        List<Assignment> assignments = sql.table().assignments();
        return "SELECT "
                + IntStream.range(0, assignments.size())
                        .mapToObj(i -> "c" + i + "::" + assignments.get(i).type())
                        .collect(joining(", "))
                + " FROM unnest(" + String.join(", ", Collections.nCopies(assignments.size(), "?::text[]")) + ") AS r ("
                + IntStream.range(0, assignments.size()).mapToObj(i -> "c" + i).collect(joining(", ")) + ")";
    }

    /** @param first the column of the result in which the row's {@link TableSql#texts} begin */
    public void add(ResultSet row, int first) throws SQLException {
        for (int i = 0; i < columns.size(); i++) {
            String value = row.getString(first + i);
            columns.get(i).add(value);
            characters += value == null ? 0 : value.length();
        }
        rows++;
        if (rows >= most.rows() || characters >= most.characters()) {
            flush();
        }
    }

    /** Sends what has been added. The caller commits. */
    public void flush() throws SQLException {
        if (rows == 0) {
            return;
        }
        try (PreparedStatement statement = idle.prepareStatement(statementText)) {
            for (int i = 0; i < columns.size(); i++) {
                statement.setArray(
                        i + 1, idle.createArrayOf("text", columns.get(i).toArray()));
            }
            statement.executeUpdate();
        }
        columns.forEach(List::clear);
        rows = 0;
        characters = 0;
    }
}
