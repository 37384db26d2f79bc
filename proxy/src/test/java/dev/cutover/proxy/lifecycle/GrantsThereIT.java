// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a role may do on the serving side and not on the idle one is named before the flip. */
@ExtendWith(PostgresExtension.class)
class GrantsThereIT {
    private static final String NAME = "grants-there";

    private static final String TABLES = """
            CREATE TABLE v1.item (id int PRIMARY KEY, n int);
            CREATE TABLE v2.goods (id int PRIMARY KEY, amount int);
            CREATE VIEW v1.report AS SELECT 1 AS one;
            CREATE VIEW v2.report AS SELECT 1 AS one;
            CREATE SEQUENCE v1.numbers;
            CREATE SEQUENCE v2.numbers;
            CREATE FUNCTION v1.secret(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION v2.secret(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION v1.count() RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION v2.count() RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE TYPE v1.mood AS ENUM ('good');
            CREATE TYPE v2.mood AS ENUM ('good');
            """;

    private static final Mapping MAPPING = new Mapping(
            Map.of("item", new TableMapping("item", "goods", List.of(), Map.of("amount", "n"), Map.of("n", "amount"))),
            Set.of());

    @Test
    void rightsThatAreGivenMeanwhileStopTheFlip(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING, Layout.TWO_DATABASES)) {
            String role = "reader_" + cutover.app().name();
            cutover.run("prepare");
            cutover.app().execute("""
                    CREATE ROLE ROLE;
                    REVOKE ALL ON FUNCTION v1.secret FROM PUBLIC;
                    REVOKE ALL ON TYPE v1.mood FROM PUBLIC;
                    GRANT USAGE ON SCHEMA v1 TO ROLE;
                    GRANT SELECT, INSERT ON v1.item TO ROLE;
                    GRANT UPDATE (n) ON v1.item TO ROLE;
                    GRANT SELECT ON v1.report TO ROLE;
                    GRANT USAGE ON SEQUENCE v1.numbers TO ROLE;
                    GRANT EXECUTE ON FUNCTION v1.secret TO ROLE;
                    REVOKE ALL ON FUNCTION v1.count FROM PUBLIC;
                    ALTER DEFAULT PRIVILEGES IN SCHEMA v1 GRANT SELECT ON TABLES TO ROLE;
                    """.replace("ROLE ROLE", "ROLE " + role).replace("TO ROLE", "TO " + role));
            try {
                cutover.run("mirror", "backfill", "verify");

                assertEquals(
                        List.of(
                                role + " may INSERT, SELECT on v1.item and not on v2.goods",
                                role + " may SELECT on v1.report and not on v2.report",
                                role + " may UPDATE on v1.item.n and not on v2.goods.amount",
                                role + " may USAGE on schema v1 and not on schema v2",
                                role + " may USAGE on v1.numbers and not on v2.numbers"),
                        Findings.blocking(cutover, NAME));
                assertEquals(
                        List.of(
                                "default privileges of v1 let " + role
                                        + " SELECT on new tables, and those of v2 do not",
                                "public may EXECUTE on v2.count() and not on v1.count()",
                                "public may EXECUTE on v2.secret(integer) and not on v1.secret(integer)",
                                "public may USAGE on v2.mood and not on v1.mood"),
                        Findings.notes(cutover, NAME));
                Findings.assertRefused(cutover, "flip", NAME);

                cutover.green().execute("""
                        ALTER DEFAULT PRIVILEGES IN SCHEMA v2 GRANT SELECT ON TABLES TO ROLE;
                        REVOKE ALL ON FUNCTION v2.secret, v2.count FROM PUBLIC;
                        REVOKE ALL ON TYPE v2.mood FROM PUBLIC;
                        GRANT USAGE ON SCHEMA v2 TO ROLE;
                        GRANT SELECT, INSERT ON v2.goods TO ROLE;
                        GRANT UPDATE (amount) ON v2.goods TO ROLE;
                        GRANT SELECT ON v2.report TO ROLE;
                        GRANT USAGE ON SEQUENCE v2.numbers TO ROLE;
                        GRANT EXECUTE ON FUNCTION v2.secret TO ROLE;
                        """.replace("TO ROLE", "TO " + role));
                assertEquals(List.of(), Findings.blocking(cutover, NAME));
                assertEquals(List.of(), Findings.notes(cutover, NAME));
                cutover.run("flip");
            } finally {
                cutover.app().execute("DROP OWNED BY " + role);
                cutover.green().execute("DROP OWNED BY " + role + "; DROP ROLE " + role);
            }
        }
    }

    @Test
    void prepareCarriesGrantsOnColumnsFunctionsAndViews(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING, Layout.TWO_DATABASES)) {
            String role = "writer_" + cutover.app().name();
            cutover.app().execute("""
                    CREATE ROLE ROLE;
                    REVOKE ALL ON FUNCTION v1.secret FROM PUBLIC;
                    GRANT UPDATE (n) ON v1.item TO ROLE;
                    GRANT SELECT ON v1.report TO ROLE;
                    GRANT EXECUTE ON FUNCTION v1.secret TO ROLE;
                    GRANT USAGE ON TYPE v1.mood TO ROLE;
                    """.replace("ROLE ROLE", "ROLE " + role).replace("TO ROLE", "TO " + role));
            cutover.green().execute("REVOKE ALL ON FUNCTION v2.secret FROM PUBLIC");
            try {
                cutover.run("prepare", "mirror", "backfill", "verify");

                assertEquals(List.of(), Findings.blocking(cutover, NAME));
                assertEquals(List.of(), Findings.notes(cutover, NAME));
                cutover.run("flip");
            } finally {
                cutover.app().execute("DROP OWNED BY " + role);
                cutover.green().execute("DROP OWNED BY " + role + "; DROP ROLE " + role);
            }
        }
    }
}
