package dev.cutover.dualwrite.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * Tells whether the servers of both sides have lived without a crash since some moment. Each database holds an id in an
 * unlogged table, which a crash or a failover empties, as it does with the tenant's own unlogged tables. A restart in order
 * keeps both.
 */
public final class Incarnation {
    private static final String NONE = "none";

    private Incarnation() {}

    /** The ids of both databases, which get one where they have none. Equal to an earlier answer if no server has crashed. */
    public static String current(Placement placement) throws SQLException {
        List<String> ids = new ArrayList<>();
        for (DataSource database : placement.databases()) {
            try (Connection connection = database.getConnection()) {
                Rows.query(
                        connection,
                        "INSERT INTO cutover.incarnation (id) VALUES (?::uuid) ON CONFLICT DO NOTHING RETURNING id",
                        row -> true,
                        UUID.randomUUID().toString());
                ids.add(read(connection));
            }
        }
        return joined(ids);
    }

    /** Likewise, without making any. */
    public static String recorded(Placement placement) throws SQLException {
        List<String> ids = new ArrayList<>();
        for (DataSource database : placement.databases()) {
            try (Connection connection = database.getConnection()) {
                ids.add(read(connection));
            }
        }
        return joined(ids);
    }

    /** Whichever side serves. */
    private static String joined(List<String> ids) {
        Collections.sort(ids);
        return String.join(" ", ids);
    }

    private static String read(Connection connection) throws SQLException {
        boolean exists = Rows.query(
                        connection, "SELECT to_regclass('cutover.incarnation') IS NOT NULL", row -> row.getBoolean(1))
                .contains(true);
        List<String> ids = exists
                ? Rows.query(connection, "SELECT id::text FROM cutover.incarnation", row -> row.getString(1))
                : List.of();
        return ids.isEmpty() ? NONE : ids.get(0);
    }
}
