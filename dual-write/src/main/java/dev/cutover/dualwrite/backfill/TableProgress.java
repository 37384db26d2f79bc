package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.plan.TableSql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** One table's row in {@code cutover.backfill}, in the serving side's database. */
final class TableProgress {
    private final String tenant;
    private final TableSql sql;

    TableProgress(String tenant, TableSql sql) {
        this.tenant = tenant;
        this.sql = sql;
    }

    /** The durable state of one table. */
    record State(long copied, long total, boolean done) {}

    /** Notes the table and its size, if it was not noted before. */
    State begin(Connection connection) throws SQLException {
        State before = find(connection);
        if (before != null) {
            return before;
        }
        String insert = "INSERT INTO cutover.backfill (tenant, tbl, total) SELECT ?, ?, count(*) FROM " + sql.serving()
                + " ON CONFLICT DO NOTHING";
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            statement.setString(1, tenant);
            statement.setString(2, sql.table().servingTable());
            statement.executeUpdate();
        }
        State begun = find(connection);
        return begun == null ? new State(0, 0, false) : begun;
    }

    State state(Connection connection) throws SQLException {
        State state = find(connection);
        if (state == null) {
            throw new SQLException("the backfill of " + sql.serving() + " has lost its progress row", "02000");
        }
        return state;
    }

    @Nullable State find(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT copied, total, done FROM cutover.backfill WHERE tenant = ? AND tbl = ?")) {
            statement.setString(1, tenant);
            statement.setString(2, sql.table().servingTable());
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? new State(rows.getLong(1), rows.getLong(2), rows.getBoolean(3)) : null;
            }
        }
    }

    /** The key up to which rows have been copied; locks the progress row. */
    @Nullable String lastKey(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT last_key FROM cutover.backfill WHERE tenant = ? AND tbl = ? FOR UPDATE")) {
            statement.setString(1, tenant);
            statement.setString(2, sql.table().servingTable());
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? rows.getString(1) : null;
            }
        }
    }

    /** @param boundary the chunk's last key; null when it was the last chunk */
    void record(Connection connection, @Nullable String boundary, long copied) throws SQLException {
        String update =
                "UPDATE cutover.backfill SET copied = copied + ?, done = ?, last_key = coalesce(?::jsonb, last_key)"
                        + ", total = greatest(total, copied + ?) WHERE tenant = ? AND tbl = ?";
        try (PreparedStatement statement = connection.prepareStatement(update)) {
            statement.setLong(1, copied);
            statement.setBoolean(2, boundary == null);
            statement.setString(3, boundary);
            statement.setLong(4, copied);
            statement.setString(5, tenant);
            statement.setString(6, sql.table().servingTable());
            statement.executeUpdate();
        }
    }
}
