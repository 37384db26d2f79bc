// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mark;

import static dev.cutover.dualwrite.model.SqlText.literal;
import static java.util.stream.Collectors.joining;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The marks of one tenant: its rows of the table {@code dirty_key}. */
public final class Marks {
    private final String tenant;
    private final String table;
    private final String backfill;

    /** @param transition where they lie */
    public Marks(TransitionSchema transition, String tenant) {
        this.tenant = tenant;
        this.table = transition.marks();
        this.backfill = transition.table("backfill");
    }

    /** Those of a plan's tenant. */
    public Marks(MirrorPlan plan) {
        this(plan.transition(), plan.tenant());
    }

    /**
     * A mark.
     *
     * @param table the table's name on the side that was written
     * @param key JSON array of the key's values; null for the whole table
     */
    public record Mark(
            UUID id, Side side, String table, @Nullable String key, Duration age) {}

    /**
     * @param pending marks that wait to be resynced, those that failed and will be tried again included
     * @param failed marks whose row the idle side refused
     * @param oldest age of the oldest pending mark; zero if there is none
     */
    public record Count(long pending, long failed, Duration oldest) {}

    /** The oldest marks that are due. */
    public List<Mark> due(Connection connection, int limit) throws SQLException {
        return due(connection, limit, "");
    }

    /**
     * The condition that leaves out marks of some tables until the backfill is done.
     *
     * @param tables those that are append-only
     */
    public String heldUntilBackfilled(Collection<String> tables) {
        return tables.isEmpty()
                ? ""
                : " AND (tbl NOT IN (" + tables.stream().map(SqlText::literal).collect(joining(", "))
                        + ") OR (SELECT bool_and(done) FROM " + backfill + " AS b WHERE b.tenant = " + literal(tenant)
                        + "))";
    }

    /** The oldest marks that are due and meet a condition. */
    public List<Mark> due(Connection connection, int limit, String condition) throws SQLException {
        String sql = "SELECT id, side, tbl, key, (extract(epoch FROM clock_timestamp() - marked_at) * 1000)::bigint"
                + " FROM " + table
                + " WHERE tenant = ? AND (retry_at IS NULL OR retry_at <= clock_timestamp())" + condition
                + " ORDER BY id LIMIT ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, tenant);
            statement.setInt(2, limit);
            return marks(statement);
        }
    }

    /**
     * The newest marks of rows of some tables that were not tried yet, or refused with one of these errors; in the order in which
     * they were made.
     */
    public List<Mark> mayBlock(
            Connection connection, Collection<String> tables, Collection<String> sqlStates, int limit)
            throws SQLException {
        String sql = """
                SELECT id, side, tbl, key, (extract(epoch FROM clock_timestamp() - marked_at) * 1000)::bigint FROM (
                    SELECT * FROM %s
                    WHERE tenant = ? AND tbl = ANY (?) AND key IS NOT NULL
                      AND (error IS NULL OR split_part(error, ' ', 1) = ANY (?))
                    ORDER BY id DESC LIMIT ?) AS newest
                ORDER BY id""".formatted(table);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, tenant);
            statement.setArray(2, connection.createArrayOf("text", tables.toArray()));
            statement.setArray(3, connection.createArrayOf("text", sqlStates.toArray()));
            statement.setInt(4, limit);
            return marks(statement);
        }
    }

    private static List<Mark> marks(PreparedStatement statement) throws SQLException {
        List<Mark> marks = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                marks.add(new Mark(
                        rows.getObject(1, UUID.class),
                        Side.valueOf(rows.getString(2)),
                        rows.getString(3),
                        rows.getString(4),
                        Duration.ofMillis(rows.getLong(5))));
            }
        }
        return marks;
    }

    /** Deletes just these marks; one made meanwhile for the same key stays. @return how many were there */
    public int delete(Connection connection, Collection<Mark> marks) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("DELETE FROM " + table + " WHERE tenant = ? AND id = ANY (?)")) {
            statement.setString(1, tenant);
            statement.setArray(2, connection.createArrayOf("uuid", ids(marks)));
            return statement.executeUpdate();
        }
    }

    /** Adds marks that were made in another database. */
    public void copy(Connection connection, Collection<Mark> made) throws SQLException {
        String sql = "INSERT INTO " + table + " (tenant, side, tbl, key) VALUES (?, ?, ?, ?::jsonb)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (Mark mark : made) {
                statement.setString(1, tenant);
                statement.setString(2, mark.side().name());
                statement.setString(3, mark.table());
                statement.setString(4, mark.key());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /**
     * Records that the idle side refused the row, and when to try again. If it has refused this key before, the mark that
     * says so stays the only one: it stands for the current row, however often that was written.
     */
    public void refused(Connection connection, Mark mark, String error) throws SQLException {
        String record = "UPDATE " + table + " SET error = ?, attempts = attempts + 1, retry_at = clock_timestamp()"
                + " + least(30, power(2, least(attempts, 10)) * 0.1) * interval '1 second' WHERE ";
        String sql = "WITH refused AS (" + record
                + "tenant = ? AND side = ? AND tbl = ? AND key = ?::jsonb AND error IS NOT NULL RETURNING id),"
                + " gone AS (DELETE FROM " + table + " WHERE tenant = ? AND id = ? AND EXISTS (SELECT FROM refused)"
                + " AND id NOT IN (SELECT id FROM refused)) "
                + record + "tenant = ? AND id = ? AND NOT EXISTS (SELECT FROM refused)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, error);
            statement.setString(2, tenant);
            statement.setString(3, mark.side().name());
            statement.setString(4, mark.table());
            statement.setString(5, mark.key());
            statement.setString(6, tenant);
            statement.setObject(7, mark.id());
            statement.setString(8, error);
            statement.setString(9, tenant);
            statement.setObject(10, mark.id());
            statement.executeUpdate();
        }
    }

    /** Counts the marks. */
    public Count count(Connection connection) throws SQLException {
        String sql = "SELECT count(*), count(error),"
                + " coalesce(extract(epoch FROM clock_timestamp() - min(marked_at)) * 1000, 0)::bigint"
                + " FROM " + table + " WHERE tenant = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, tenant);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return new Count(rows.getLong(1), rows.getLong(2), Duration.ofMillis(rows.getLong(3)));
            }
        }
    }

    /** Makes room of deleted marks. Gives way to another VACUUM and never takes the lock that cutting the file needs. */
    public void vacuum(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("VACUUM (TRUNCATE FALSE, SKIP_LOCKED) " + table);
        }
    }

    /** Forgets every mark of the tenant. */
    public void clear(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM " + table + " WHERE tenant = ?")) {
            statement.setString(1, tenant);
            statement.executeUpdate();
        }
    }

    /** Adds marks for keys of a serving table. @param written the table */
    public void add(Connection connection, Side side, String written, Collection<String> keys) throws SQLException {
        if (keys.isEmpty()) {
            return;
        }
        String sql = "INSERT INTO " + table + " (tenant, side, tbl, key)"
                + " SELECT ?, ?, ?, key::jsonb FROM unnest(?) AS key";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, tenant);
            statement.setString(2, side.name());
            statement.setString(3, written);
            statement.setArray(4, connection.createArrayOf("text", keys.toArray()));
            statement.executeUpdate();
        }
    }

    /** Adds a mark for every row of the serving side, in its database. */
    public void addAll(Connection serving, Side side, TableSql sql) throws SQLException {
        try (PreparedStatement statement = serving.prepareStatement("INSERT INTO " + table
                + " (tenant, side, tbl, key) SELECT ?, ?, ?, " + sql.servingKeyJson() + " FROM " + sql.servingMain())) {
            statement.setString(1, tenant);
            statement.setString(2, side.name());
            statement.setString(3, sql.table().servingTable());
            statement.executeUpdate();
        }
    }

    private static Object[] ids(Collection<Mark> marks) {
        return marks.stream().map(Mark::id).toArray();
    }
}
