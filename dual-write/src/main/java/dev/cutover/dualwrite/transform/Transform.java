// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transform;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.rowsql.KeyedTable;
import dev.cutover.dualwrite.worker.Throttle;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link Transformation} range by range, in the order of the table's key. The range and the note of how far it has come are one
 * transaction, which begins by locking the note. So each row is changed once, whatever dies and however many run it at the same time.
 * Rows that clients insert behind the range that runs are changed when it comes to them; those that they insert before it are not.
 */
public final class Transform {
    private static final String TABLE = "transforms";
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final int MOST_ATTEMPTS = 100;
    private static final long FIRST_ROWS = 200;
    private static final long MOST_ROWS = 50_000;

    private final DataSource database;
    private final TransitionSchema transition;
    private final String tenant;
    private final String path;
    private final Transformation transformation;
    private final Throttle throttle;
    private long rows = FIRST_ROWS;

    /** @param path the side's search path, as SQL text */
    public Transform(
            DataSource database,
            TransitionSchema transition,
            String tenant,
            String path,
            Transformation transformation,
            Throttle throttle) {
        this.database = database;
        this.transition = transition;
        this.tenant = tenant;
        this.path = path;
        this.transformation = transformation;
        this.throttle = throttle;
    }

    /**
     * How far it has come.
     *
     * @param passed rows that were looked at
     * @param changed rows that were changed
     * @param total about how many rows the table had at the start
     */
    public record Progress(long passed, long changed, long total, boolean ended) {}

    /** Null if it has not begun. */
    public @Nullable Progress progress() throws SQLException {
        try (Connection connection = database.getConnection()) {
            if (!transition.has(connection, TABLE)) {
                return null;
            }
            List<Progress> found = Rows.query(
                    connection,
                    "SELECT passed, changed, greatest(total, passed), ended_at IS NOT NULL FROM "
                            + transition.table(TABLE) + " WHERE tenant = ? AND digest = md5(?)",
                    row -> new Progress(row.getLong(1), row.getLong(2), row.getLong(3), row.getBoolean(4)),
                    tenant,
                    transformation.text());
            return found.isEmpty() ? null : found.get(0);
        }
    }

    /** Notes that it begins. Safe to repeat: one that has begun continues. */
    public void begin() throws SQLException {
        transition.migrate(database);
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO " + transition.table(TABLE)
                                + " (tenant, digest, statement, total) SELECT ?, md5(?), ?, greatest(0,"
                                + " (SELECT reltuples::bigint FROM pg_class WHERE oid = ?::regclass)) ON CONFLICT DO NOTHING")) {
            insert.setString(1, tenant);
            insert.setString(2, transformation.text());
            insert.setString(3, transformation.text());
            insert.setString(4, transformation.table().main());
            insert.executeUpdate();
        }
    }

    /** Forgets how far it had come, so that the next run changes all rows again. */
    public void forget() throws SQLException {
        try (Connection connection = database.getConnection()) {
            if (transition.has(connection, TABLE)) {
                Rows.query(
                        connection,
                        "DELETE FROM " + transition.table(TABLE) + " WHERE tenant = ? AND digest = md5(?) RETURNING 1",
                        row -> true,
                        tenant,
                        transformation.text());
            }
        }
    }

    /**
     * Runs it to its end.
     *
     * @param stopped asked before each range
     * @return whether it has come to its end
     * @throws SQLException if a row cannot be changed; the ranges before that stay changed
     */
    public boolean run(BooleanSupplier stopped) throws SQLException, InterruptedException {
        while (throttle.await(stopped)) {
            long begin = System.nanoTime();
            Range range = Transactions.retrying(database, LOCK_TIMEOUT, path, MOST_ATTEMPTS, this::range);
            adapt(System.nanoTime() - begin);
            throttle.passed(range.passed());
            if (range.last()) {
                return true;
            }
        }
        return false;
    }

    private record Range(long passed, boolean last) {}

    private Range range(Connection connection) throws SQLException {
        List<Note> notes = Rows.query(
                connection,
                "SELECT last_key::text, ended_at IS NOT NULL FROM " + transition.table(TABLE)
                        + " WHERE tenant = ? AND digest = md5(?) FOR UPDATE",
                row -> new Note(row.getString(1), row.getBoolean(2)),
                tenant,
                transformation.text());
        if (notes.isEmpty() || notes.get(0).ended()) {
            return new Range(0, true);
        }
        KeyedTable table = transformation.table();
        String from = notes.get(0).lastKey();
        String to = table.keyBehind(connection, from, rows);
        KeyRange range = new KeyRange(from, to);
        long passed = to == null ? count(connection, range) : rows;
        long changed;
        try (PreparedStatement update = connection.prepareStatement(transformation.update(range))) {
            table.bind(update, 1, range);
            changed = update.executeUpdate();
        }
        try (PreparedStatement note = connection.prepareStatement("UPDATE " + transition.table(TABLE)
                + " SET last_key = coalesce(?::jsonb, last_key), passed = passed + ?, changed = changed + ?,"
                + " ended_at = CASE WHEN ? THEN now() END WHERE tenant = ? AND digest = md5(?)")) {
            note.setString(1, to);
            note.setLong(2, passed);
            note.setLong(3, changed);
            note.setBoolean(4, to == null);
            note.setString(5, tenant);
            note.setString(6, transformation.text());
            note.executeUpdate();
        }
        return new Range(passed, to == null);
    }

    /** @param lastKey JSON; null at the beginning */
    private record Note(@Nullable String lastKey, boolean ended) {}

    private long count(Connection connection, KeyRange range) throws SQLException {
        KeyedTable table = transformation.table();
        try (PreparedStatement count =
                connection.prepareStatement("SELECT count(*) FROM " + table.from() + " WHERE " + table.in(range))) {
            table.bind(count, 1, range);
            try (ResultSet row = count.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** The next range takes about as long as the throttle wants. */
    private void adapt(long nanos) {
        long wanted = throttle.chunkNanos();
        if (nanos > 2 * wanted) {
            rows = Math.max(1, rows / 2);
        } else if (nanos < wanted / 2) {
            rows = Math.min(MOST_ROWS, rows * 2);
        }
    }
}
