// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A write that the client's statement does not name, because a function somewhere inside the statement makes it, reaches the
 * idle side as well.
 */
@ExtendWith(PostgresExtension.class)
class NestedWritesIT {
    /** {@code @} stands for the side's schema. */
    private static final String COUNTER = """
            CREATE TABLE @.counters (id int PRIMARY KEY, n int NOT NULL);
            CREATE FUNCTION @.bump() RETURNS int LANGUAGE sql AS
                'UPDATE @.counters SET n = n + 1 WHERE id = 1 RETURNING n';
            CREATE FUNCTION @.bump_in_disguise(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
                'BEGIN RETURN (SELECT @.bump()); END';
            """;

    /** Where in a statement a function may stand. */
    private enum Place {
        DEFAULT("CREATE TABLE @.inv (id int PRIMARY KEY, no int DEFAULT @.bump())", "INSERT INTO inv (id) VALUES (%d)"),
        OPERATOR("""
                CREATE TABLE @.inv (id int PRIMARY KEY, no int);
                CREATE FUNCTION @.plus(int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN @.bump(); END';
                CREATE OPERATOR @.#% (LEFTARG = int, RIGHTARG = int, FUNCTION = @.plus)""", "INSERT INTO inv VALUES (%d, 1 #%% 1)"),
        CAST("""
                CREATE TABLE @.inv (id int PRIMARY KEY, no int);
                CREATE TYPE @.price AS (v int);
                CREATE FUNCTION @.cents(@.price) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN @.bump(); END';
                CREATE CAST (@.price AS int) WITH FUNCTION @.cents(@.price) AS ASSIGNMENT""", "INSERT INTO inv VALUES (%d, ROW(1)::price)"),
        COLUMN_NOTATION("""
                CREATE TABLE @.inv (id int PRIMARY KEY, no int);
                CREATE FUNCTION @.evil(@.inv) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN @.bump(); END'""", "INSERT INTO inv VALUES (%d, 1) RETURNING inv.evil"),
        OVERLOAD("""
                CREATE TABLE @.inv (id int PRIMARY KEY, no int);
                CREATE FUNCTION @.lower(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN @.bump(); END'""", "INSERT INTO inv VALUES (%d, lower(4))"),
        INDEX("""
                CREATE TABLE @.inv (id int PRIMARY KEY, no int);
                CREATE INDEX ON @.inv (@.bump_in_disguise(no))""", "INSERT INTO inv VALUES (%d, 1)"),
        CHECK(
                "CREATE TABLE @.inv (id int PRIMARY KEY, no int CHECK (@.bump_in_disguise(no) > 0))",
                "INSERT INTO inv VALUES (%d, 1)"),
        DOMAIN("""
                CREATE DOMAIN @.small AS int CHECK (@.bump_in_disguise(VALUE) > 0);
                CREATE TABLE @.inv (id int PRIMARY KEY, no @.small)""", "INSERT INTO inv VALUES (%d, 1)"),
        GENERATED(
                "CREATE TABLE @.inv (id int PRIMARY KEY, no int,"
                        + " twice int GENERATED ALWAYS AS (@.bump_in_disguise(no)) STORED)",
                "INSERT INTO inv VALUES (%d, 1)"),
        TRIGGER("""
                CREATE TABLE @.inv (id int PRIMARY KEY, no int);
                CREATE FUNCTION @.count() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM @.bump(); RETURN NEW; END';
                CREATE TRIGGER count BEFORE INSERT ON @.inv FOR EACH ROW EXECUTE FUNCTION @.count()""", "INSERT INTO inv VALUES (%d, 1)"),
        CALLED("CREATE TABLE @.inv (id int PRIMARY KEY, no int)", "INSERT INTO inv VALUES (%d, bump())");

        private final String tables;
        private final String statement;

        Place(String tables, String statement) {
            this.tables = COUNTER + tables;
            this.statement = statement;
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "DEFAULT, INLINE",
        "DEFAULT, DEFERRED_IN_ONE_DATABASE",
        "DEFAULT, TWO_DATABASES",
        "OPERATOR, INLINE",
        "OPERATOR, DEFERRED_IN_ONE_DATABASE",
        "CAST, INLINE",
        "CAST, DEFERRED_IN_ONE_DATABASE",
        "COLUMN_NOTATION, INLINE",
        "COLUMN_NOTATION, DEFERRED_IN_ONE_DATABASE",
        "OVERLOAD, INLINE",
        "OVERLOAD, DEFERRED_IN_ONE_DATABASE",
        "INDEX, INLINE",
        "INDEX, DEFERRED_IN_ONE_DATABASE",
        "CHECK, INLINE",
        "CHECK, DEFERRED_IN_ONE_DATABASE",
        "DOMAIN, INLINE",
        "DOMAIN, DEFERRED_IN_ONE_DATABASE",
        "GENERATED, INLINE",
        "GENERATED, DEFERRED_IN_ONE_DATABASE",
        "TRIGGER, INLINE",
        "TRIGGER, DEFERRED_IN_ONE_DATABASE",
        "CALLED, INLINE",
        "CALLED, DEFERRED_IN_ONE_DATABASE"
    })
    void aWriteOfAFunctionReachesTheIdleSide(Place place, Layout layout, TestServer server) throws Exception {
        String tables = place.tables.replace("@", "v1") + ";" + place.tables.replace("@", "v2");
        try (Lifecycle cutover = Lifecycle.start(
                        server, tables + "; INSERT INTO v1.counters VALUES (1, 0)", Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            // To compare values of such a domain calls its function, too, and the fence refuses what that writes.
            int directions = place == Place.DOMAIN ? 1 : 2;
            for (int direction = 0; direction < directions; direction++) {
                String serving = direction == 0 ? "v1" : "v2";
                int before = counter(cutover, serving);
                for (int i = 1; i <= 3; i++) {
                    statement.execute(place.statement.formatted(10 * direction + i));
                }

                cutover.awaitNoMarks();
                assertEquals(before + 3, counter(cutover, serving), serving);
                assertEquals(counter(cutover, "v1"), counter(cutover, "v2"), serving);
                assertEquals(rows(cutover, "v1"), rows(cutover, "v2"), serving);
                assertEquals(
                        place == Place.TRIGGER ? 3 * (direction + 1) : 0,
                        cutover.planned("mirrored"),
                        "analysis leaves a user's code to the net, but a trigger's");
                if (directions == 2) {
                    cutover.run("verify", direction == 0 ? "flip" : "rollback");
                }
            }
        }
    }

    private static int counter(Lifecycle cutover, String schema) throws SQLException {
        return Integer.parseInt(cutover.database(schema)
                .query("SELECT n FROM " + schema + ".counters")
                .get(0));
    }

    private static List<String> rows(Lifecycle cutover, String schema) throws SQLException {
        TestDatabase database = cutover.database(schema);
        return database.query("SELECT id, no FROM " + schema + ".inv ORDER BY id");
    }
}
