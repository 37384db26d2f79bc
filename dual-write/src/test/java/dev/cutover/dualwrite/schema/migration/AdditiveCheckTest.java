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
                        + " ALTER TABLE public.\"n\" RENAME id TO b; CREATE TRIGGER x BEFORE UPDATE ON n EXECUTE FUNCTION f()",
                "CREATE TABLE n (id int PRIMARY KEY); CREATE TABLE m (id int REFERENCES n)",
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
