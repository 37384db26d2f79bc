// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What statements of SQL's PREPARE write while a tenant moves. */
@ExtendWith(PostgresExtension.class)
class PreparedWritesIT {
    private static final String TABLES = "CREATE TABLE v1.item (id int PRIMARY KEY, name text);"
            + "CREATE TABLE v2.item (id int PRIMARY KEY, name text);"
            + "INSERT INTO v1.item SELECT i, 'old' FROM generate_series(1, 50) AS i;";
    private static final String ROWS = "SELECT id || ' ' || name FROM %s.item WHERE id > 40 ORDER BY id";

    @ParameterizedTest
    @EnumSource
    void theyAreOnBothSidesWithNothingLeftOver(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme")) {
            run(client, "PREPARE before_it AS UPDATE item SET name = $2 WHERE id = $1");
            cutover.run("prepare", "mirror");
            run(client, "PREPARE put AS INSERT INTO item (id, name) VALUES ($1, $2)");
            run(client, "PREPARE gone AS DELETE FROM item WHERE id = $1");
            run(client, "EXECUTE before_it(41, 'changed')");
            run(client, "EXECUTE put(100, 'new')");
            run(client, "BEGIN; EXECUTE put(101, 'taken back'); ROLLBACK");
            cutover.run("backfill");
            run(client, "EXECUTE before_it(42, 'changed')");
            run(client, "EXECUTE gone(43)");
            cutover.awaitNoMarks();

            List<String> written = cutover.database("v1").query(ROWS.formatted("v1"));
            assertEquals(List.of("41 changed", "42 changed", "44 old"), written.subList(0, 3));
            assertEquals("100 new", written.get(written.size() - 1));
            assertEquals(written, cutover.database("v2").query(ROWS.formatted("v2")));
            assertEquals(0, cutover.status().marks().failed());
            cutover.run("verify", "flip");
            run(client, "EXECUTE put(102, 'after the flip')");
            cutover.awaitNoMarks();
            assertEquals(
                    cutover.database("v2").query(ROWS.formatted("v2")),
                    cutover.database("v1").query(ROWS.formatted("v1")));
            assertEquals(
                    List.of("after the flip"), cutover.database("v1").query("SELECT name FROM v1.item WHERE id = 102"));
        }
    }

    private static void run(Connection client, String sql) throws SQLException {
        try (Statement statement = client.createStatement()) {
            statement.execute(sql);
        }
    }
}
