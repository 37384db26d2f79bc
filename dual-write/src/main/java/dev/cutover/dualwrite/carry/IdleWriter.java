package dev.cutover.dualwrite.carry;

import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.plan.TableSql;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Assignment;
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
    private static final int MOST_ROWS = 1_000;
    private static final int MOST_CHARACTERS = 4 * 1024 * 1024;

    private final Connection idle;
    private final String insert;
    private final List<List<@Nullable String>> columns;
    private int rows;
    private long characters;

    private IdleWriter(Connection idle, String token, TableSql sql, String onConflict) {
        this.idle = idle;
        List<Assignment> assignments = sql.table().assignments();
        this.columns = new ArrayList<>(Collections.nCopies(assignments.size(), List.of()));
        columns.replaceAll(none -> new ArrayList<>());
        this.insert = token + " INSERT INTO " + sql.idle() + " (" + sql.idleColumns()
                + ") OVERRIDING SYSTEM VALUE SELECT "
                + IntStream.range(0, assignments.size())
                        .mapToObj(i -> "c" + i + "::" + assignments.get(i).type())
                        .collect(joining(", "))
                + " FROM unnest(" + String.join(", ", Collections.nCopies(assignments.size(), "?::text[]")) + ") AS r ("
                + IntStream.range(0, assignments.size()).mapToObj(i -> "c" + i).collect(joining(", ")) + ") "
                + onConflict;
    }

    /** Rows that are there already are made equal. */
    public static IdleWriter overwriting(Connection idle, String token, TableSql sql) {
        return new IdleWriter(idle, token, sql, sql.onConflictUpdate());
    }

    /** Rows that are there already stay. */
    public static IdleWriter insertingIfAbsent(Connection idle, String token, TableSql sql) {
        return new IdleWriter(idle, token, sql, "ON CONFLICT (" + sql.idleKey() + ") DO NOTHING");
    }

    /** @param first the column of the result in which the row's {@link TableSql#texts} begin */
    public void add(ResultSet row, int first) throws SQLException {
        for (int i = 0; i < columns.size(); i++) {
            String value = row.getString(first + i);
            columns.get(i).add(value);
            characters += value == null ? 0 : value.length();
        }
        rows++;
        if (rows >= MOST_ROWS || characters >= MOST_CHARACTERS) {
            flush();
        }
    }

    /** Sends what has been added. The caller commits. */
    public void flush() throws SQLException {
        if (rows == 0) {
            return;
        }
        try (PreparedStatement statement = idle.prepareStatement(insert)) {
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
