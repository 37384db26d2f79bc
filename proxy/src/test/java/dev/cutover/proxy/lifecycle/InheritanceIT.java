// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables that inherit, and are no partitions, are carried each for itself: a child's row is no row of its parent. */
@ExtendWith(PostgresExtension.class)
class InheritanceIT {
    private static final String TABLES = """
            CREATE TABLE v1.city (id int PRIMARY KEY, name text);
            CREATE TABLE v1.capital (PRIMARY KEY (id), country text) INHERITS (v1.city);
            CREATE TABLE v1.port (PRIMARY KEY (id)) INHERITS (v1.capital);
            CREATE TABLE v2.city (id int PRIMARY KEY, name text);
            CREATE TABLE v2.capital (PRIMARY KEY (id), country text) INHERITS (v2.city);
            CREATE TABLE v2.port (PRIMARY KEY (id)) INHERITS (v2.capital);
            INSERT INTO v1.city VALUES (1, 'Ghent'), (2, 'Bern as a city');
            INSERT INTO v1.capital VALUES (2, 'Bern', 'CH'), (3, 'Oslo', 'NO');
            INSERT INTO v1.port VALUES (3, 'Oslo as a port', 'NO');
            """;

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void eachTableIsCarriedForItself(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror");
            statement.execute("INSERT INTO capital VALUES (1, 'Ghent as a capital', 'BE')");
            cutover.run("backfill", "verify");
            sidesAreEqual(cutover, 6);

            for (String verb : List.of("flip", "rollback", "flip")) {
                statement.execute("UPDATE city SET name = name || '!' WHERE id = 2");
                statement.execute("UPDATE ONLY city SET name = name || '?' WHERE id = 1");
                statement.execute("DELETE FROM ONLY capital WHERE id = 3");
                statement.execute("INSERT INTO capital VALUES (3, 'Oslo', 'NO')");
                statement.execute("DELETE FROM port WHERE id = 3");
                statement.execute("INSERT INTO port VALUES (3, 'Oslo as a port', 'NO')");
                sidesAreEqual(cutover, 6);
                cutover.run("verify");
                cutover.run(verb);
            }
            statement.execute("TRUNCATE ONLY city");
            sidesAreEqual(cutover, 4);
            cutover.run("verify", "rollback");
            assertEquals(List.of("4"), cutover.app().query("SELECT count(*) FROM v1.city"));
        }
    }

    private static void sidesAreEqual(Lifecycle cutover, int rows) throws Exception {
        cutover.awaitNoMarks();
        List<String> blue = rows(cutover, "v1");
        assertEquals(rows, blue.size(), blue::toString);
        assertEquals(blue, rows(cutover, "v2"));
    }

    private static List<String> rows(Lifecycle cutover, String schema) throws Exception {
        return cutover.database(schema)
                .query("SELECT concat_ws(' ', relname, id, name) FROM " + schema
                        + ".city JOIN pg_class c ON c.oid = city.tableoid ORDER BY 1");
    }
}
