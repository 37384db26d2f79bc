// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdditiveCheckTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ";;",
                "-- only a comment; DROP TABLE t",
                "CREATE TABLE t (id int PRIMARY KEY, a text CHECK (a <> ';'))",
                "ALTER TABLE t ADD COLUMN a text",
                "ALTER TABLE t ADD a text",
                "ALTER TABLE s.t ADD COLUMN IF NOT EXISTS \"A b\" text, ADD COLUMN c int",
                "ALTER TABLE t ADD COLUMN a int NOT NULL DEFAULT 0",
                "ALTER TABLE t ADD COLUMN a varchar(9) DEFAULT 'x'::varchar(9)",
                "ALTER TABLE t ADD COLUMN a timestamptz NOT NULL DEFAULT now()",
                "ALTER TABLE t ADD COLUMN a numeric(9, 2) DEFAULT (1 + 2)",
                "ALTER TABLE ONLY t ALTER COLUMN a SET DEFAULT 'x', ALTER a DROP NOT NULL",
                "ALTER TABLE t VALIDATE CONSTRAINT c",
                "ALTER TYPE mood ADD VALUE 'so so'",
                "CREATE INDEX CONCURRENTLY t_a ON t (a)",
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON ONLY s.t (a)",
                "CREATE VIEW v AS SELECT 1; CREATE MATERIALIZED VIEW m AS SELECT 2",
                "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DROP TABLE t; RETURN 1; END $$",
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; CREATE SEQUENCE s",
                "COMMENT ON TABLE t IS 'DROP; TABLE'; GRANT SELECT ON t TO r; INSERT INTO t VALUES (1)",
                "CREATE TABLE n (id int); ALTER TABLE n ADD PRIMARY KEY (id); CREATE UNIQUE INDEX u ON n (id);"
                        + " ALTER TABLE \"n\" RENAME id TO b; CREATE TRIGGER x BEFORE UPDATE ON n EXECUTE FUNCTION f()",
                "CREATE TABLE n (id int PRIMARY KEY); CREATE TABLE m (id int REFERENCES n)",
                "CREATE TABLE s.n (id int); ALTER TABLE S.\"n\" ADD CHECK (id > 0); ALTER TABLE s.n RENAME TO m;"
                        + " ALTER TABLE s.m RENAME id TO b",
                "CREATE TABLE n (id int) PARTITION BY LIST (id); CREATE TABLE n1 PARTITION OF n DEFAULT;"
                        + " CREATE TABLE n2 (id int); ALTER TABLE n ATTACH PARTITION n2 FOR VALUES IN (2)",
                "SET LOCAL lock_timeout = '1s'; SET lock_timeout TO 500; SET statement_timeout = 0",
                "SELECT count(*), max(a) FROM t WHERE a IN (1, 2) AND NOT EXISTS (SELECT 1 FROM u)",
                "ALTER TABLE t ADD COLUMN a timestamptz DEFAULT pg_catalog.now()",
            })
    void whatClientsOfTheOldVersionCanBear(String script) {
        assertEquals(List.of(), AdditiveCheck.breaking(script));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DROP TABLE t                                                | what it removes",
                "TRUNCATE t                                                  | what it removes",
                "ALTER TABLE t DROP COLUMN a                                 | clients may use what it removes",
                "ALTER TABLE t RENAME a TO b                                 | clients may use what it removes or renames",
                "ALTER TABLE t ADD COLUMN c int, DROP COLUMN a               | clients may use what it removes",
                "ALTER TABLE t ADD COLUMN a int NOT NULL                     | INSERTs of clients",
                "ALTER TABLE t ADD COLUMN a int DEFAULT nextval('s')         | it may rewrite the table",
                "ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()   | it may rewrite the table",
                "ALTER TABLE t ADD COLUMN a bigserial                        | it rewrites the table",
                "ALTER TABLE t ADD a int GENERATED ALWAYS AS (1) STORED      | it rewrites the table",
                "ALTER TABLE t ADD COLUMN a int UNIQUE                       | writes of clients may violate",
                "ALTER TABLE t ADD COLUMN a int REFERENCES p                 | writes of clients may violate",
                "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID      | writes of clients may violate",
                "ALTER TABLE t ALTER COLUMN a SET NOT NULL                   | writes of clients may fail",
                "ALTER TABLE t ALTER a DROP DEFAULT                          | writes of clients may fail",
                "ALTER TABLE t ALTER COLUMN a TYPE bigint                    | it may rewrite the table",
                "ALTER TABLE t ALTER a SET DATA TYPE bigint                  | it may rewrite the table",
                "ALTER TABLE t ENABLE ROW LEVEL SECURITY                     | it is not known",
                "ALTER TABLE t OWNER TO r                                    | it is not known",
                "ALTER TABLE t SET SCHEMA s                                  | it is not known",
                "ALTER VIEW v RENAME TO w                                    | it is not known",
                "ALTER TYPE mood RENAME VALUE 'a' TO 'b'                     | clients may use the type",
                "CREATE INDEX t_a ON t (a)                                   | it blocks writes",
                "CREATE INDEX concurrently_not ON t (concurrently)           | it blocks writes",
                "CREATE UNIQUE INDEX CONCURRENTLY u ON t (a)                 | writes of clients may violate",
                "CREATE OR REPLACE FUNCTION f() RETURNS int AS 'x'           | it replaces",
                "CREATE TRIGGER x BEFORE UPDATE ON t EXECUTE FUNCTION f()    | it changes what happens",
                "CREATE POLICY p ON t                                        | it changes what happens",
                "CREATE TABLE p1 PARTITION OF p DEFAULT                      | it locks the partitioned table",
                "CREATE TABLE n (id int REFERENCES p)                        | it locks the table",
                "CREATE TABLE IF NOT EXISTS t (id int); DROP TABLE t         | what it removes",
                "CREATE EXTENSION citext                                     | it is not known",
                "UPDATE t SET a = 1                                          | it changes or locks rows",
                "INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1 | it changes or locks rows",
                "DELETE FROM t                                               | it changes or locks rows",
                "REINDEX TABLE t                                             | it blocks writes",
                "REFRESH MATERIALIZED VIEW m                                 | it blocks readers",
                "LOCK TABLE t                                                | it is not known",
                "DO $$ BEGIN END $$                                          | it is not known",
                "VACUUM FULL t                                               | it is not known",
                "REVOKE SELECT ON t FROM r                                   | it is not known",
                "WITH x AS (SELECT 1) DELETE FROM t                          | it is not known",
                "nonsense                                                    | it is not known",
                "$$ never ends                                               | it cannot be read",
                "CREATE TABLE o.t (id int); ALTER TABLE t DROP COLUMN a      | clients may use what it removes",
                "CREATE TABLE t (id int); ALTER TABLE o.t DROP COLUMN a      | clients may use what it removes",
                "CREATE TABLE o.t (id int); CREATE INDEX i ON t (id)         | it blocks writes",
                "CREATE TABLE n (id int); ALTER TABLE n RENAME TO m; ALTER TABLE n DROP a | clients may use what it removes",
                "CREATE TABLE n (id int); ALTER TABLE n SET SCHEMA s; ALTER TABLE n DROP a | clients may use what it removes",
                "CREATE TABLE n (id int); ALTER TABLE n ADD FOREIGN KEY (id) REFERENCES p | it locks the table",
                "CREATE TABLE n (id int); ALTER TABLE n ATTACH PARTITION t DEFAULT | it locks the other table",
                "CREATE TABLE n (id int); ALTER TABLE n INHERIT t            | it locks the other table",
                "CREATE TABLE n (id int) INHERITS (t)                        | queries of the table",
                "CREATE VIEW v AS SELECT begin atomic FROM t; DROP TABLE t   | what it removes",
                "CREATE DOMAIN d AS int NOT NULL; ALTER TABLE t ADD a d      | it may rewrite the table",
                "ALTER TABLE t ADD COLUMN a int DEFAULT NULL NOT NULL        | INSERTs of clients",
                "ALTER TABLE t ADD COLUMN a int NOT NULL DEFAULT (NULL)      | INSERTs of clients",
                "ALTER TABLE t ADD COLUMN a \"bigserial\"                     | it rewrites the table",
                "ALTER TABLE t ADD COLUMN a timestamptz DEFAULT mine.now()   | it may rewrite the table",
                "ALTER TABLE t ADD NOT NULL a                                | writes of clients may violate",
                "ALTER TABLE t ALTER a SET DEFAULT NULL                      | writes of clients may fail",
                "SET lock_timeout = 0                                        | it changes what the next statements do",
                "SET LOCAL lock_timeout = '1min'                             | it changes what the next statements do",
                "SET search_path = other                                     | it changes what the next statements do",
                "SET ROLE other                                              | it changes what the next statements do",
                "SET SESSION AUTHORIZATION other                             | it changes what the next statements do",
                "SET session_replication_role = replica                      | it changes what the next statements do",
                "SELECT set_config('lock_timeout', '0', false)               | a function that it calls",
                "SELECT \"pg_terminate_backend\"(1)                          | a function that it calls",
                "SELECT mine.lower('a')                                      | a function that it calls",
                "SELECT * FROM t FOR UPDATE                                  | it does more than read",
                "SELECT * INTO n FROM t                                      | it does more than read",
                "INSERT INTO n SELECT * FROM t FOR UPDATE                    | it changes or locks rows",
                "INSERT INTO n WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d | it changes or locks rows",
            })
    void whatTheyMayNotBear(String script, String why) {
        List<AdditiveCheck.Breaking> found = AdditiveCheck.breaking(script);

        assertEquals(1, found.size(), found::toString);
        assertTrue(found.get(0).why().startsWith(why), found::toString);
    }

    @Test
    void eachStatementIsNamedWithItsLine() {
        List<AdditiveCheck.Breaking> found = AdditiveCheck.breaking("""
                -- a comment
                CREATE TABLE n (id int);

                ALTER TABLE t
                    DROP COLUMN a;
                CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '
                    DROP TABLE t;
                ';
                /* DROP */ DROP VIEW v
                """);

        assertEquals(
                List.of(4, 9), found.stream().map(AdditiveCheck.Breaking::line).toList());
        assertEquals("ALTER TABLE t DROP COLUMN a", found.get(0).statement());
    }
}
