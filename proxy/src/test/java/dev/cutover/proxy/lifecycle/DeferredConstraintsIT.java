// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** SET CONSTRAINTS in a transaction that writes mapped tables, in both directions of the mirroring. */
@ExtendWith(PostgresExtension.class)
class DeferredConstraintsIT {
    private static final String TABLES = """
            CREATE TABLE %1$s.owner (id int PRIMARY KEY);
            CREATE TABLE %1$s.line (
                id int PRIMARY KEY,
                pos int CONSTRAINT line_pos UNIQUE DEFERRABLE,
                owner int CONSTRAINT line_owner REFERENCES %1$s.owner DEFERRABLE);
            """;
    private static final String FIRST_ROWS =
            "INSERT INTO v1.owner VALUES (1); INSERT INTO v1.line VALUES (1, 1, 1), (2, 2, 1), (3, 3, 1);";
    private static final String ROWS =
            "SELECT l.id || ' ' || pos || ' ' || o.id FROM %1$s.line l JOIN %1$s.owner o ON o.id = owner ORDER BY l.id";

    @ParameterizedTest
    @EnumSource
    void theyAreDeferredAndNoSideDiffers(Layout layout, TestServer server) throws Exception {
        String tables = TABLES.formatted("v1") + TABLES.formatted("v2") + FIRST_ROWS;
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme")) {
            cutover.run("prepare", "mirror", "backfill");

            write(client, 10);
            assertEqualSides(cutover, List.of("1 2 1", "2 1 1", "3 3 1", "11 13 11", "12 12 11", "13 11 11"));

            cutover.run("verify", "flip");
            write(client, 20);
            assertEqualSides(
                    cutover,
                    List.of(
                            "1 1 1",
                            "2 2 1",
                            "3 3 1",
                            "11 13 11",
                            "12 12 11",
                            "13 11 11",
                            "21 23 21",
                            "22 22 21",
                            "23 21 21"));
        }
    }

    /** Each way to defer: one constraint by its name, all of them, and IMMEDIATE again before the end. */
    private static void write(Connection client, int from) throws SQLException {
        int row = from + 1;
        run(
                client,
                "BEGIN",
                "SET CONSTRAINTS line_owner DEFERRED",
                "INSERT INTO line (id, pos, owner) VALUES (%d, %d, %d)".formatted(row, row, row),
                "INSERT INTO line (id, pos, owner) VALUES (%d, %d, %d)".formatted(row + 1, row + 1, row),
                "INSERT INTO line (id, pos, owner) VALUES (%d, %d, %d)".formatted(row + 2, row + 2, row),
                "INSERT INTO owner (id) VALUES (%d)".formatted(row),
                "COMMIT");
        String[] all = swapped(client, 1, 2);
        run(
                client,
                "BEGIN",
                "SET CONSTRAINTS ALL DEFERRED",
                all[0],
                all[1],
                "SET CONSTRAINTS ALL IMMEDIATE",
                "UPDATE line SET owner = 1 WHERE id = 3",
                "COMMIT");
        String[] named = swapped(client, row, row + 2);
        run(
                client,
                "BEGIN",
                "SAVEPOINT s",
                "SET CONSTRAINTS line_pos DEFERRED",
                named[0],
                named[1],
                "SET CONSTRAINTS line_pos IMMEDIATE",
                "UPDATE line SET owner = 1 WHERE id = 2",
                "COMMIT");
    }

    /** The two rows exchange their values by plain writes, each of which could be mirrored inline. */
    private static String[] swapped(Connection client, int one, int other) throws SQLException {
        return new String[] {
            "UPDATE line SET pos = %d WHERE id = %d".formatted(position(client, other), one),
            "UPDATE line SET pos = %d WHERE id = %d".formatted(position(client, one), other)
        };
    }

    private static int position(Connection client, int id) throws SQLException {
        try (Statement statement = client.createStatement();
                ResultSet rows = statement.executeQuery("SELECT pos FROM line WHERE id = " + id)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static void run(Connection client, String... texts) throws SQLException {
        try (Statement statement = client.createStatement()) {
            for (String sql : texts) {
                statement.execute(sql);
            }
        }
    }

    private static void assertEqualSides(Lifecycle cutover, List<String> rows) throws Exception {
        cutover.awaitNoMarks();
        assertEquals(rows, cutover.database("v1").query(ROWS.formatted("v1")));
        assertEquals(rows, cutover.database("v2").query(ROWS.formatted("v2")));
        assertEquals(0, cutover.status().marks().failed());
    }
}
