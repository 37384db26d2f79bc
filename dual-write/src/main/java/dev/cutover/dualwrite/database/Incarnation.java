// SPDX-License-Identifier: Apache-2.0
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
    private static final String TABLE = "incarnation";

    private Incarnation() {}

    /** The ids of both databases, which get one where they have none. Equal to an earlier answer if no server has crashed. */
    public static String current(Placement placement, TransitionSchema transition) throws SQLException {
        List<String> ids = new ArrayList<>();
        for (DataSource database : placement.databases()) {
            try (Connection connection = database.getConnection()) {
                Rows.query(
                        connection,
                        "INSERT INTO " + transition.table(TABLE)
                                + " (id) VALUES (?::uuid) ON CONFLICT DO NOTHING RETURNING id",
                        row -> true,
                        UUID.randomUUID().toString());
                ids.add(read(connection, transition));
            }
        }
        return joined(ids);
    }

    /** The same, without making any. */
    public static String recorded(Placement placement, TransitionSchema transition) throws SQLException {
        List<String> ids = new ArrayList<>();
        for (DataSource database : placement.databases()) {
            try (Connection connection = database.getConnection()) {
                ids.add(read(connection, transition));
            }
        }
        return joined(ids);
    }

    /** Whichever side serves. */
    private static String joined(List<String> ids) {
        Collections.sort(ids);
        return String.join(" ", ids);
    }

    private static String read(Connection connection, TransitionSchema transition) throws SQLException {
        List<String> ids = transition.has(connection, TABLE)
                ? Rows.query(connection, "SELECT id::text FROM " + transition.table(TABLE), row -> row.getString(1))
                : List.of();
        return ids.isEmpty() ? NONE : ids.get(0);
    }
}
