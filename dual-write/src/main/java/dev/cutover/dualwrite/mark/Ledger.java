// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mark;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The marks whose row the idle side has refused: the rows by which the sides differ, and why. */
public final class Ledger {
    /** Before the id of every mark. */
    public static final UUID FIRST = new UUID(0, 0);

    private final MirrorPlan plan;
    private final String marks;
    private final Map<String, String> servingNames = new LinkedHashMap<>();

    public Ledger(MirrorPlan plan) {
        this.plan = plan;
        this.marks = plan.transition().marks();
        for (TablePlan table : plan.tables().values()) {
            servingNames.put(table.idleTable(), table.servingTable());
        }
    }

    /**
     * Which rows are meant.
     *
     * @param table by its name on the serving side; null for all tables
     * @param key JSON array of the key's values, or the value of a key that has one column; null for all keys
     */
    public record Selection(
            @Nullable String table, @Nullable String key) {
        public static final Selection ALL = new Selection(null, null);
    }

    /**
     * A row that the idle side refuses.
     *
     * @param table by its name on the serving side
     * @param key JSON array of the key's values; null where it is the table as a whole
     * @param sqlState of the last attempt, as are the other facts about the error
     * @param since when the row was first marked
     * @param attempts how often it was tried
     * @param unrepresentableBy the mapping's direction ({@code up} or {@code down}) that has no value for the row on the
     *     other side; null if it is a constraint or anything else that refuses it
     */
    public record RefusedRow(
            String table,
            @Nullable String key,
            String sqlState,
            String error,
            Instant since,
            int attempts,
            @Nullable String unrepresentableBy) {}

    /** The oldest refused rows. */
    public List<RefusedRow> rows(Connection connection, Selection selection, int limit) throws SQLException {
        List<RefusedRow> refused = new ArrayList<>();
        try (PreparedStatement statement = prepare(
                connection,
                "SELECT side, tbl, key, error, marked_at, attempts FROM " + marks,
                selection,
                " ORDER BY id LIMIT " + limit)) {
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    refused.add(row(rows));
                }
            }
        }
        return refused;
    }

    /** How many rows the idle side refuses. */
    public long count(Connection connection, Selection selection) throws SQLException {
        try (PreparedStatement statement = prepare(connection, "SELECT count(*) FROM " + marks, selection, "");
                ResultSet rows = statement.executeQuery()) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** The tables of which rows are refused, by their names on the serving side. */
    public Set<String> tables(Connection connection) throws SQLException {
        Set<String> tables = new HashSet<>();
        try (PreparedStatement statement =
                        prepare(connection, "SELECT DISTINCT side, tbl FROM " + marks, Selection.ALL, "");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                tables.add(servingName(rows.getString(1), rows.getString(2)));
            }
        }
        return tables;
    }

    private String servingName(String side, String table) {
        return side.equals(plan.serving().name()) ? table : servingNames.getOrDefault(table, table);
    }

    /** The id of the last refused row; {@link #FIRST} if there is none. */
    public UUID last(Connection connection, Selection selection) throws SQLException {
        try (PreparedStatement statement =
                        prepare(connection, "SELECT id FROM " + marks, selection, " ORDER BY id DESC LIMIT 1");
                ResultSet rows = statement.executeQuery()) {
            return rows.next() ? rows.getObject(1, UUID.class) : FIRST;
        }
    }

    /**
     * Has refused rows tried again at the next step, in the order of their ids.
     *
     * @param after the rows with greater ids, up to {@code last}
     * @return how often each was tried, by its mark's id
     */
    public Map<UUID, Integer> putBack(Connection connection, Selection selection, UUID after, UUID last, int limit)
            throws SQLException {
        Map<UUID, Integer> attempts = new LinkedHashMap<>();
        try (PreparedStatement statement = prepare(
                connection,
                "WITH again AS (UPDATE " + marks + " SET retry_at = NULL WHERE (tenant, id) IN"
                        + " (SELECT tenant, id FROM " + marks,
                selection,
                " AND id > '" + after + "' AND id <= '" + last + "' ORDER BY id LIMIT " + limit
                        + ") RETURNING id, attempts) SELECT id, attempts FROM again ORDER BY id")) {
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    attempts.put(rows.getObject(1, UUID.class), rows.getInt(2));
                }
            }
        }
        return attempts;
    }

    /** How often those of these marks were tried that are still there, by id. */
    public Map<UUID, Integer> attempts(Connection connection, Collection<UUID> ids) throws SQLException {
        Map<UUID, Integer> attempts = new LinkedHashMap<>();
        String sql = "SELECT id, attempts FROM " + marks + " WHERE tenant = ? AND id = ANY (?)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, plan.tenant());
            statement.setArray(2, connection.createArrayOf("uuid", ids.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    attempts.put(rows.getObject(1, UUID.class), rows.getInt(2));
                }
            }
        }
        return attempts;
    }

    /** A mark made on the idle side names the table as that side does. */
    private PreparedStatement prepare(Connection connection, String select, Selection selection, String rest)
            throws SQLException {
        String table = selection.table();
        String key = selection.key();
        List<String> idleTables = table == null ? List.of() : idleTables(table);
        PreparedStatement statement = connection.prepareStatement(select
                + " WHERE tenant = ? AND error IS NOT NULL"
                + (table == null ? "" : " AND ((side = ? AND tbl = ?) OR (side = ? AND tbl = ANY (?)))")
                + (key == null
                        ? ""
                        : key.startsWith("[")
                                ? " AND key = ?::jsonb"
                                : " AND jsonb_array_length(key) = 1 AND key->>0 = ?")
                + rest);
        int parameter = 1;
        statement.setString(parameter++, plan.tenant());
        if (table != null) {
            statement.setString(parameter++, plan.serving().name());
            statement.setString(parameter++, table);
            statement.setString(parameter++, plan.serving().other().name());
            statement.setArray(parameter++, connection.createArrayOf("text", idleTables.toArray()));
        }
        if (key != null) {
            statement.setString(parameter, key);
        }
        return statement;
    }

    private List<String> idleTables(String servingTable) {
        return plan.reading(servingTable).stream().map(TablePlan::idleTable).toList();
    }

    private RefusedRow row(ResultSet row) throws SQLException {
        String text = row.getString(4);
        int space = text.indexOf(' ');
        String sqlState = space < 0 ? text : text.substring(0, space);
        return new RefusedRow(
                servingName(row.getString(1), row.getString(2)),
                row.getString(3),
                sqlState,
                text.substring(space + 1),
                row.getTimestamp(5).toInstant(),
                row.getInt(6),
                unrepresentableBy(sqlState));
    }

    /**
     * A data exception (class 22, 0A000) comes from a mapping expression or the cast to the other side's type; a NULL that the other
     * side does not take, from an expression that has no value for the row.
     */
    private @Nullable String unrepresentableBy(String sqlState) {
        boolean noValue = sqlState.startsWith("22") || sqlState.equals("0A000") || sqlState.equals("23502");
        return !noValue ? null : plan.serving() == Side.BLUE ? "up" : "down";
    }
}
