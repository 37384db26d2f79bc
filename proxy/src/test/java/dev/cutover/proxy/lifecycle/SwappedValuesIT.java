// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows that exchange unique values, or ranges under an exclusion constraint, do not block each other on the idle side. */
@ExtendWith(PostgresExtension.class)
class SwappedValuesIT {
    private static final String TABLES = """
            CREATE TABLE v1.rank (id int PRIMARY KEY, pos int UNIQUE, name text);
            CREATE TABLE v2.rank (id int PRIMARY KEY, pos int UNIQUE, name text);
            CREATE TABLE v1.line (id int PRIMARY KEY, pos int UNIQUE DEFERRABLE);
            CREATE TABLE v2.line (id int PRIMARY KEY, pos int UNIQUE DEFERRABLE);
            CREATE FUNCTION v1.most() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1000';
            CREATE FUNCTION v1.short(int4range) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
                'BEGIN RETURN upper($1) < most(); END';
            CREATE TABLE v1.stay (id int PRIMARY KEY, days int4range CHECK (v1.short(days)),
                                  EXCLUDE USING gist (days WITH &&));
            CREATE FUNCTION v2.most() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1000';
            CREATE FUNCTION v2.short(int4range) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
                'BEGIN RETURN upper($1) < most(); END';
            CREATE TABLE v2.stay (id int PRIMARY KEY, days int4range CHECK (v2.short(days)),
                                  EXCLUDE USING gist (days WITH &&));
            INSERT INTO v1.rank SELECT n, n, 'row ' || n FROM generate_series(1, 6) AS n;
            INSERT INTO v1.line SELECT n, n FROM generate_series(1, 1200) AS n;
            SET search_path = v1;
            INSERT INTO v1.stay VALUES (1, '[1,5)'), (2, '[5,9)'), (3, '[20,30)');
            """;

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void rowsThatExchangeUniqueValuesAreCarriedTogether(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            int last = 6;
            for (String verb : List.of("flip", "rollback", "flip")) {
                swap(statement, last);
                last = 13 - last;
                sidesAreEqual(cutover);
                cutover.run("verify", verb);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void columnsThatAreNotCarriedKeepTheirValues(Layout layout, TestServer server) throws Exception {
        String more = TABLES + "ALTER TABLE v2.rank ADD note text DEFAULT gen_random_uuid(),"
                + " ADD no int GENERATED ALWAYS AS IDENTITY;";
        try (Lifecycle cutover = Lifecycle.start(server, more, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill");
            List<String> notes = notes(cutover);
            swap(statement, 6);
            sidesAreEqual(cutover);
            assertEquals(notes, notes(cutover));
        }
    }

    /** A row that only the idle side's constraint refuses does not keep back those that swap. */
    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aRowThatIsRefusedForGoodStaysOutOfTheGroup(Layout layout, TestServer server) throws Exception {
        String stricter =
                TABLES.replace("v1.rank (id int PRIMARY KEY, pos int UNIQUE", "v1.rank (id int PRIMARY KEY, pos int");
        try (Lifecycle cutover = Lifecycle.start(server, stricter, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            statement.execute(
                    "BEGIN; UPDATE rank SET pos = 6 WHERE id = 5; UPDATE rank SET pos = CASE pos WHEN 1 THEN 2"
                            + " ELSE 1 END WHERE id IN (1, 2); COMMIT");
            cutover.awaitRefused(1);
            RefusedRows refused = cutover.ledger(null);
            assertEquals(
                    List.of("[5]"),
                    refused.rows().stream().map(row -> row.key()).toList());
            assertEquals(List.of("2", "1", "3", "4", "5", "6"), positions(cutover, "v2"));
            statement.execute("UPDATE rank SET pos = 7 WHERE id = 6");
            sidesAreEqual(cutover);
        }
    }

    private static void swap(Statement statement, int last) throws SQLException {
        // Two rows, a ring of three, and a row that takes the value of one that is deleted.
        statement.execute("BEGIN; UPDATE rank SET pos = -pos WHERE id <= 5;"
                + " UPDATE rank SET pos = (SELECT o.pos FROM (VALUES (1, 2), (2, 1), (3, 4), (4, 5), (5, 3)) AS m (id, other)"
                + " JOIN (SELECT id, -pos AS pos FROM rank) AS o ON o.id = m.other WHERE m.id = rank.id) WHERE id <= 5;"
                + " DELETE FROM rank WHERE id = " + last + "; INSERT INTO rank VALUES (" + (13 - last)
                + ", 6, 'again'); COMMIT");
        statement.execute("BEGIN; SET CONSTRAINTS ALL DEFERRED; UPDATE line SET pos = pos + 1; COMMIT");
        statement.execute("BEGIN; UPDATE stay SET days = '[100,101)' WHERE id = 1;"
                + " UPDATE stay SET days = CASE WHEN lower(days) = 5 THEN '[1,5)'::int4range ELSE '[5,9)' END WHERE id = 2;"
                + " UPDATE stay SET days = (SELECT CASE WHEN lower(days) = 5 THEN '[1,5)'::int4range ELSE '[5,9)' END"
                + " FROM stay WHERE id = 2) WHERE id = 1; COMMIT");
    }

    private static void sidesAreEqual(Lifecycle cutover) throws Exception {
        cutover.awaitNoMarks();
        for (String rows :
                List.of("id || ' ' || pos FROM %s.line", "id || ' ' || days FROM %s.stay", "id || name FROM %s.rank")) {
            String query = "SELECT " + rows + " ORDER BY 1";
            assertEquals(
                    cutover.database("v1").query(query.formatted("v1")),
                    cutover.database("v2").query(query.formatted("v2")));
        }
        assertEquals(positions(cutover, "v1"), positions(cutover, "v2"));
    }

    private static List<String> positions(Lifecycle cutover, String schema) throws SQLException {
        return cutover.database(schema).query("SELECT pos FROM " + schema + ".rank ORDER BY id");
    }

    private static List<String> notes(Lifecycle cutover) throws SQLException {
        return cutover.green().query("SELECT id || note || no FROM v2.rank WHERE id <= 5 ORDER BY id");
    }
}
