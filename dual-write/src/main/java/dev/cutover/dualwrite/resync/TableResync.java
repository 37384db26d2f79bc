// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import static dev.cutover.dualwrite.model.SqlText.literal;
import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.mark.MarkedKeys;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.function.Function;

/**
 * Makes the idle rows of some keys of one table equal to the serving rows, inside a READ COMMITTED transaction of the
 * caller's.
 *
 * <p>Clients mirror inline at the same time and leave no mark, so nothing may be put back that a client has just
 * overwritten:
 *
 * <ul>
 *   <li>A key with a serving row: the row is locked FOR SHARE before it is read, so no client can change it, nor write the
 *       idle row after it, until this transaction ends; a client that was first is waited for, and its row is read.
 *   <li>A key without a serving row: the idle row is deleted. A client may have inserted both rows after this statement's
 *       snapshot was taken; if it wrote the idle row before the delete got there, the delete waited for it and then removed
 *       the new row. So the serving side is looked at once more, in a new snapshot: that client has committed by then and
 *       its row is seen, and the key goes the first way. A client that inserts later waits at the idle row's key until
 *       this transaction ends, and then writes it.
 * </ul>
 *
 * <p>Rows that lie in several tables are not mirrored inline: every change of them leaves a mark, and one that is overwritten
 * here has its own still to come. So they are not locked.
 */
final class TableResync implements TableCarrier {
    private final TableSql sql;
    private final MirrorPlan plan;
    private final Marks marks;
    private final StrayParts strays;
    private final String lockedRows;
    private final String upsert;
    private final String clear;
    private final String delete;
    private final String absent;

    TableResync(MirrorPlan plan, TablePlan table) {
        this.plan = plan;
        this.marks = new Marks(plan);
        this.sql = new TableSql(plan, table);
        this.strays = new StrayParts(sql);
        String marked = "SELECT " + sql.servingKeyOf("key") + " FROM unnest(?::jsonb[]) AS key";
        String markedIdle = "SELECT " + sql.idleKeyOf("key") + " FROM unnest(?::jsonb[]) AS key";
        this.lockedRows = " FROM (SELECT * FROM " + sql.serving() + " AS cutover_t WHERE (" + sql.servingKey()
                + ") IN (" + marked + ")" + (sql.plain() ? " FOR SHARE" : "") + ") AS serving ";
        this.upsert = plan.maintenanceToken() + " INSERT INTO " + sql.idle() + " (" + sql.idleColumns()
                + ") OVERRIDING SYSTEM VALUE SELECT " + sql.expressions() + lockedRows + sql.onConflictUpdate();
        this.clear = plan.maintenanceToken() + " DELETE FROM " + sql.idleRows() + " AS idle WHERE (" + sql.idleKey()
                + ") IN (" + markedIdle + ")";
        this.delete = clear + " AND NOT EXISTS (SELECT FROM " + sql.serving() + " AS serving WHERE "
                + sql.sameKey("serving", "idle")
                + ")";
        this.absent = "SELECT EXISTS (SELECT FROM unnest(?::jsonb[]) AS key JOIN " + sql.serving() + " AS serving ON ("
                + qualified("serving", Key::servingColumn) + ") = (" + sql.servingKeyOf("key")
                + ") WHERE NOT EXISTS (SELECT FROM " + sql.idleRows() + " AS idle WHERE ("
                + qualified("idle", Key::idleColumn) + ") = (" + sql.idleKeyOf("key") + ")))";
    }

    @Override
    public void apply(Connection connection, Collection<String> keys) throws SQLException {
        Array array = connection.createArrayOf("text", keys.toArray());
        // As many rows as keys: each has its serving row, which is locked. None is left that the idle side should not
        // have.
        while (update(connection, upsert, array) < keys.size()) {
            update(connection, delete, array);
            if (!missing(connection, array)) {
                break;
            }
        }
        strays.refuse(connection, array);
    }

    /** Deletes the rows before it inserts any; see {@link TableSql#replace}. */
    @Override
    public void replace(Connection connection, Collection<String> keys) throws SQLException {
        Replaceable.refuseFollowed(connection, sql);
        String rows = "SELECT " + sql.expressions() + lockedRows;
        String replace = plan.maintenanceToken() + " " + sql.replace(rows, Replaceable.uncarried(connection, sql));
        update(connection, replace, connection.createArrayOf("text", keys.toArray()));
        apply(connection, keys);
    }

    @Override
    public void clear(Connection connection, Collection<String> keys) throws SQLException {
        Replaceable.refuseFollowed(connection, sql);
        update(connection, clear, connection.createArrayOf("text", keys.toArray()));
    }

    /**
     * Turns a mark of the whole table into marks of the keys that only one side has. After a TRUNCATE of the serving side
     * those are all idle rows; rows that the idle side has not been given yet are the backfill's unless it was the idle
     * side that was truncated. After a TRUNCATE of a part, its main table's rows are still there, and all have changed.
     */
    @Override
    public void expand(Connection connection, MarkedKeys.WholeTable whole) throws SQLException {
        new SurplusKeys(plan, sql).markWithin(connection);
        if (whole.part()) {
            marks.addAll(connection, plan.serving(), sql);
        } else if (whole.idleSideWritten()) {
            try (PreparedStatement statement = connection.prepareStatement("INSERT INTO "
                    + plan.transition().marks() + " (tenant, side, tbl, key) SELECT " + literal(plan.tenant()) + ", "
                    + literal(plan.serving().name()) + ", "
                    + literal(sql.table().servingTable()) + ", " + sql.servingKeyJson() + " FROM "
                    + sql.serving() + " AS serving WHERE NOT EXISTS (SELECT FROM " + sql.idleRows()
                    + " AS idle WHERE " + sql.sameKey("serving", "idle") + ")")) {
                statement.executeUpdate();
            }
        }
    }

    /** Does nothing: a key that only the idle side has is among those of {@link #apply}. */
    @Override
    public void remove(Connection connection, Collection<String> keys) {}

    private static int update(Connection connection, String statementText, Array keys) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(statementText)) {
            statement.setArray(1, keys);
            return statement.executeUpdate();
        }
    }

    private boolean missing(Connection connection, Array keys) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(absent)) {
            statement.setArray(1, keys);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() && rows.getBoolean(1);
            }
        }
    }

    private String qualified(String alias, Function<Key, String> column) {
        return sql.table().key().stream()
                .map(key -> alias + "." + SqlText.identifier(column.apply(key)))
                .collect(joining(", "));
    }
}
