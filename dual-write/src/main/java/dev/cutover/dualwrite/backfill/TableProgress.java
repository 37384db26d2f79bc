// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

import static dev.cutover.dualwrite.model.SqlText.literal;
import static dev.cutover.dualwrite.model.SqlText.qualified;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * What is known durably of one table's backfill, in the serving side's database: a row in {@code backfill}, and one
 * in {@code backfill_slice} for each slice until the whole table is done.
 */
final class TableProgress {
    /** Enough of them for workers to share, and none so small that to cut it costs more than to copy it. */
    private static final int SLICES = 16;

    private static final long SMALLEST_SLICE = 1_024;

    private static final String RELATIONS = """
            WITH RECURSIVE part (oid) AS (
                SELECT to_regclass(?)::oid UNION
                SELECT i.inhrelid FROM pg_inherits i JOIN part ON part.oid = i.inhparent
                JOIN pg_class p ON p.oid = i.inhrelid AND p.relispartition)
            SELECT c.oid, n.nspname, c.relname, c.relkind, coalesce(pg_relation_filenode(c.oid), 0),
                   coalesce(pg_relation_size(c.oid) / current_setting('block_size')::bigint, 0)
            FROM part JOIN pg_class c ON c.oid = part.oid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind <> 'p' ORDER BY c.oid""";

    private static final String NAMED = " WHERE tenant = ? AND tbl = ?";

    private final String tenant;
    private final String side;
    private final TableSql sql;
    private final String backfill;
    private final String slices;
    private final String marks;

    TableProgress(MirrorPlan plan, TableSql sql) {
        this.tenant = plan.tenant();
        this.side = plan.serving().name();
        this.sql = sql;
        this.backfill = plan.transition().table("backfill");
        this.slices = plan.transition().table("backfill_slice");
        this.marks = plan.transition().marks();
    }

    /** Notes the table and its size, if it was not noted before. @return whether it is done */
    boolean begin(Connection connection) throws SQLException {
        update(
                connection,
                "INSERT INTO " + backfill
                        + " (tenant, tbl, total) SELECT names.tenant, names.tbl, (SELECT count(*) FROM "
                        + sql.serving()
                        + " AS serving) FROM (VALUES (?, ?)) AS names (tenant, tbl) WHERE NOT EXISTS (SELECT FROM "
                        + backfill + " AS b WHERE b.tenant = names.tenant AND b.tbl = names.tbl)");
        return Rows.query(
                        connection,
                        "SELECT done FROM " + backfill + NAMED,
                        row -> row.getBoolean(1),
                        tenant,
                        sql.table().name())
                .get(0);
    }

    /** Whether the table is noted. */
    boolean begun(Connection connection) throws SQLException {
        return !Rows.query(
                        connection,
                        "SELECT 1 FROM " + backfill + NAMED,
                        row -> row.getInt(1),
                        tenant,
                        sql.table().name())
                .isEmpty();
    }

    /** Whether rows that are noted as copied lie elsewhere now. */
    boolean moved(Connection connection) throws SQLException {
        List<Slice> relations = relations(connection);
        return slices(connection).stream()
                .anyMatch(slice -> relations.stream().noneMatch(relation -> same(relation, slice)));
    }

    /**
     * Makes the slices those of the table as it lies on disk now: adds what has none, and drops those of rows that have moved,
     * as VACUUM FULL, CLUSTER and TRUNCATE make them.
     *
     * @return the slices that are not done
     */
    List<Slice> cut(Connection connection) throws SQLException {
        List<Slice> relations = relations(connection);
        List<Slice> noted = slices(connection);
        for (Slice slice : noted) {
            if (relations.stream().noneMatch(relation -> same(relation, slice))) {
                drop(connection, slice);
            }
        }
        for (Slice relation : relations) {
            if (noted.stream().noneMatch(slice -> same(relation, slice))) {
                long size = Math.max(SMALLEST_SLICE, (relation.end() + SLICES - 1) / SLICES);
                for (long first = 0; first < relation.end(); first += size) {
                    insert(connection, relation, first, Math.min(relation.end(), first + size));
                }
            }
        }
        return slices(connection).stream().filter(slice -> !slice.done()).toList();
    }

    private static boolean same(Slice one, Slice other) {
        return one.relation() == other.relation() && one.filenode() == other.filenode();
    }

    /** Each relation that has rows of the table, as one slice. */
    private List<Slice> relations(Connection connection) throws SQLException {
        List<Slice> relations = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(RELATIONS)) {
            statement.setString(1, sql.servingName());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String name = qualified(rows.getString(2), rows.getString(3));
                    if (!rows.getString(4).equals("r")) {
                        throw new SQLException(
                                name + " is a part of " + sql.servingName() + " and no ordinary table", "0A000");
                    }
                    relations.add(new Slice(rows.getLong(1), name, rows.getLong(5), 0, 0, rows.getLong(6)));
                }
            }
        }
        return relations;
    }

    private List<Slice> slices(Connection connection) throws SQLException {
        return Rows.query(
                connection,
                "SELECT s.relation, n.nspname, c.relname, s.filenode, s.first_block, s.next_block, s.end_block"
                        + " FROM " + slices + " AS s LEFT JOIN pg_class AS c ON c.oid = s.relation"
                        + " LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace" + NAMED
                        + " ORDER BY s.relation, s.first_block",
                row -> new Slice(
                        row.getLong(1),
                        row.getString(2) == null ? "" : qualified(row.getString(2), row.getString(3)),
                        row.getLong(4),
                        row.getLong(5),
                        row.getLong(6),
                        row.getLong(7)),
                tenant,
                sql.table().name());
    }

    private void insert(Connection connection, Slice relation, long first, long end) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO " + slices + " (tenant, tbl, relation, filenode, first_block, next_block, end_block)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
            statement.setString(1, tenant);
            statement.setString(2, sql.table().name());
            statement.setLong(3, relation.relation());
            statement.setLong(4, relation.filenode());
            statement.setLong(5, first);
            statement.setLong(6, first);
            statement.setLong(7, end);
            statement.executeUpdate();
        }
    }

    private void drop(Connection connection, Slice slice) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("DELETE FROM " + slices + NAMED + " AND relation = ? AND filenode = ?")) {
            statement.setString(1, tenant);
            statement.setString(2, sql.table().name());
            statement.setLong(3, slice.relation());
            statement.setLong(4, slice.filenode());
            statement.executeUpdate();
        }
    }

    /** Whether the slice's rows lie where they lay, so long as the caller's transaction has read from its relation. */
    boolean unmoved(Connection connection, Slice slice) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_relation_filenode(?::bigint::oid) = ?::bigint::oid")) {
            statement.setLong(1, slice.relation());
            statement.setLong(2, slice.filenode());
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getBoolean(1);
            }
        }
    }

    /** The statement that marks the keys of these rows. */
    String marking(String rows) {
        return "INSERT INTO " + marks + " (tenant, side, tbl, key) SELECT " + literal(tenant) + ", " + literal(side)
                + ", " + literal(sql.table().servingTable()) + ", " + sql.servingKeyJson() + sql.from(rows);
    }

    /** Records that the slice is copied up to a block. */
    void record(Connection connection, Slice slice, long to, long rows) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE " + slices + " SET next_block = ?, copied = copied + ?" + NAMED
                        + " AND relation = ? AND filenode = ? AND first_block = ?")) {
            statement.setLong(1, to);
            statement.setLong(2, rows);
            statement.setString(3, tenant);
            statement.setString(4, sql.table().name());
            statement.setLong(5, slice.relation());
            statement.setLong(6, slice.filenode());
            statement.setLong(7, slice.first());
            statement.executeUpdate();
        }
    }

    /**
     * Records that the slice is copied up to a block, unless more of it is copied already.
     *
     * @return whether it was recorded
     */
    boolean recordNext(Connection connection, Slice slice, long to) throws SQLException {
        return advance(connection, slice, "next_block = " + to, " AND next_block = " + slice.next()) == 1;
    }

    /** Adds to the rows of the slice that are copied. */
    void addCopied(Connection connection, Slice slice, long rows) throws SQLException {
        advance(connection, slice, "copied = copied + " + rows, "");
    }

    private int advance(Connection connection, Slice slice, String change, String condition) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("UPDATE " + slices + " SET " + change + NAMED
                + " AND relation = ? AND filenode = ? AND first_block = ?" + condition)) {
            statement.setString(1, tenant);
            statement.setString(2, sql.table().name());
            statement.setLong(3, slice.relation());
            statement.setLong(4, slice.filenode());
            statement.setLong(5, slice.first());
            return statement.executeUpdate();
        }
    }

    /** Records that all of the table is copied. */
    void finish(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("WITH gone AS (DELETE FROM " + slices + NAMED
                + " RETURNING copied), sum AS (SELECT coalesce(sum(copied), 0) AS copied FROM gone)"
                + " UPDATE " + backfill + " SET copied = sum.copied, total = sum.copied, done = true FROM sum"
                + NAMED)) {
            for (int i = 1; i <= 4; i += 2) {
                statement.setString(i, tenant);
                statement.setString(i + 1, sql.table().name());
            }
            statement.executeUpdate();
        }
    }

    private void update(Connection connection, String text) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(text)) {
            statement.setString(1, tenant);
            statement.setString(2, sql.table().name());
            statement.executeUpdate();
        }
    }
}
