// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cutover.dualwrite.mirror.Rewrite.Piece;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schema a is the idle side's, schema B the serving one's. */
final class TranslationTest {
    private static Translation.Meaning of(String sql) {
        return Translation.of(sql, Set.of("a", "B"), "B");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "INSERT INTO a.t VALUES (1) | INSERT INTO \"B\".t VALUES (1)",
                "insert into A . T (x) select x from \"a\".\"U\" | insert into \"B\" . T (x) select x from \"B\".\"U\"",
                "INSERT INTO a.t (x) VALUES (1) RETURNING a.t.x | INSERT INTO \"B\".t (x) VALUES (1) RETURNING \"B\".t.x",
                "UPDATE ONLY a.t SET x = a.t.y FROM a.u WHERE a.t.id = u.id"
                        + " | UPDATE ONLY \"B\".t SET x = \"B\".t.y FROM \"B\".u WHERE \"B\".t.id = u.id",
                "DELETE FROM a.t USING a.u WHERE t.id = u.id | DELETE FROM \"B\".t USING \"B\".u WHERE t.id = u.id",
                "MERGE INTO a.t USING a.u ON t.id = u.id WHEN MATCHED THEN DELETE"
                        + " | MERGE INTO \"B\".t USING \"B\".u ON t.id = u.id WHEN MATCHED THEN DELETE",
                "SELECT * FROM x, a.t JOIN (a.u JOIN a.v USING (id)) ON true, a.w WHERE EXISTS (SELECT FROM a.z)"
                        + " | SELECT * FROM x, \"B\".t JOIN (\"B\".u JOIN \"B\".v USING (id)) ON true, \"B\".w"
                        + " WHERE EXISTS (SELECT FROM \"B\".z)",
                "WITH n AS (DELETE FROM a.t RETURNING *) INSERT INTO u SELECT * FROM n"
                        + " | WITH n AS (DELETE FROM \"B\".t RETURNING *) INSERT INTO u SELECT * FROM n",
                "WITH n AS (UPDATE a.t SET x = 1 RETURNING x) UPDATE a.u SET x = 2"
                        + " | WITH n AS (UPDATE \"B\".t SET x = 1 RETURNING x) UPDATE \"B\".u SET x = 2",
                "VACUUM a.t, a.u | VACUUM \"B\".t, \"B\".u",
                "TABLE a.t | TABLE \"B\".t",
                "COPY a.t (x) FROM STDIN | COPY \"B\".t (x) FROM STDIN",
                "LOCK TABLE a.t, a.u IN SHARE MODE | LOCK TABLE \"B\".t, \"B\".u IN SHARE MODE",
                "TRUNCATE a.t, ONLY a.u | TRUNCATE \"B\".t, ONLY \"B\".u",
                "PREPARE p AS UPDATE a.t SET x = 1 | PREPARE p AS UPDATE \"B\".t SET x = 1",
                "SELECT 1; DELETE FROM a.t | SELECT 1; DELETE FROM \"B\".t",
                "SELECT nextval('a.s'), 'a.t'::regclass, setval('\"a\".s', 1)"
                        + " | SELECT nextval('\"B\".s'), '\"B\".t'::regclass, setval('\"B\".s', 1)",
                "CREATE TABLE IF NOT EXISTS a.t (x int DEFAULT nextval('a.s'), y int REFERENCES a.u, LIKE a.v)"
                        + " | CREATE TABLE IF NOT EXISTS \"B\".t (x int DEFAULT nextval('\"B\".s'), y int REFERENCES \"B\".u,"
                        + " LIKE \"B\".v)",
                "CREATE INDEX i ON a.t (x) | CREATE INDEX i ON \"B\".t (x)",
                "ALTER TABLE IF EXISTS a.t ADD COLUMN y int | ALTER TABLE IF EXISTS \"B\".t ADD COLUMN y int",
                "GRANT SELECT ON a.t, a.u TO r | GRANT SELECT ON \"B\".t, \"B\".u TO r",
                "GRANT SELECT ON ALL TABLES IN SCHEMA a TO r | GRANT SELECT ON ALL TABLES IN SCHEMA \"B\" TO r",
                "COMMENT ON COLUMN a.t.x IS 'a.t' | COMMENT ON COLUMN \"B\".t.x IS 'a.t'",
                "DROP TABLE a.t, a.u | DROP TABLE \"B\".t, \"B\".u",
                "ALTER SEQUENCE a.s OWNED BY a.t.x | ALTER SEQUENCE \"B\".s OWNED BY \"B\".t.x",
            })
    void aRelationOfTheIdleSideIsTheServingOne(String sql, String meant) {
        Translation translation = of(sql).translation();
        assertNotNull(translation);
        assertEquals(meant, translation.sql());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT a.id, a.x FROM users a JOIN b ON a.id = b.id, LATERAL (SELECT a.y) z ORDER BY a.id, a.x",
                "SELECT extract(year FROM a.at), trim(both FROM a.x), a.x IS DISTINCT FROM a.y FROM users a",
                "UPDATE t a SET x = a.y WHERE a.id = 1 RETURNING a.x, a.y",
                "SELECT * FROM t a WHERE x LIKE a.pattern AND (a.x, a.y) IN ((1, 2)) GROUP BY a.x, a.y FOR UPDATE OF a",
                "SELECT * FROM unnest(a.b) u, t a",
                "INSERT INTO log VALUES ('see a.t, or FROM a.t')",
                "SELECT a.f(1), 'x'::a.mood FROM t -- FROM a.t",
                "SELECT * FROM x.a, b.a.t",
                "SELECT lock, a.x, index, a.y, view, a.z, copy, a.v, update, a.w FROM t a",
                "SELECT sum(n) OVER (PARTITION BY a.x, a.y ORDER BY a.z) FROM t a",
                "CREATE TABLE n AS SELECT 1 AS x, 'see a.t'",
                "INSERT INTO aa.t SELECT * FROM ba.u",
                "CREATE SCHEMA IF NOT EXISTS a",
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'a'",
                "SELECT * FROM a.f(1)",
            })
    void whatIsNoRelationOfTheIdleSideStays(String sql) {
        assertEquals(Translation.Meaning.AS_IT_STANDS, of(sql));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DO $$ BEGIN INSERT INTO a.t VALUES (1); END $$",
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT count(*) FROM a.t'",
                "CREATE OR REPLACE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                "CREATE TYPE a.mood AS ENUM ('ok')",
                "DROP SCHEMA a CASCADE",
                "ALTER TABLE t SET SCHEMA a",
            })
    void whatCannotBeTranslatedIsRefused(String sql) {
        Translation.Meaning meaning = of(sql);
        assertNull(meaning.translation());
        assertNotNull(meaning.refused());
        assertEquals("0A000", meaning.refused().sqlState());
    }

    @Test
    void theServingSidesOwnNameIsKnown() {
        assertEquals(Translation.Meaning.NAMES_THE_SERVING_SIDE, of("SELECT * FROM \"B\".t"));
        assertEquals(Translation.Meaning.NAMES_THE_SERVING_SIDE, of("DO 'BEGIN PERFORM \"B\".f(); END'"));
        Translation both = of("INSERT INTO \"B\".t SELECT * FROM a.t").translation();
        assertNotNull(both);
        assertEquals("INSERT INTO \"B\".t SELECT * FROM \"B\".t", both.sql());
    }

    @Test
    void placesAreTheClients() {
        String sql = "SELECT * FROM a.t WHERE oops";
        Translation translation = of(sql).translation();
        assertNotNull(translation);
        assertEquals(
                sql.indexOf("oops"),
                Piece.clientIndex(translation.pieces(), translation.sql().indexOf("oops")));
        assertEquals(
                sql.indexOf("a.t"),
                Piece.clientIndex(translation.pieces(), translation.sql().indexOf("\"B\"")));
    }
}
