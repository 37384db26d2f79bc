// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What {@code docs/objects.md} says that nobody compares: it differs here, check says nothing, and a flip and a rollback go. */
@ExtendWith(PostgresExtension.class)
class LeftToTheMigrationsIT {
    private static final String TABLES = """
            CREATE TABLE v1.item (id int PRIMARY KEY, n int);
            CREATE TABLE v2.item (id int PRIMARY KEY, n int);
            INSERT INTO v1.item VALUES (1, 1);
            """;

    private static void assertNothingIsSaid(Lifecycle cutover) throws Exception {
        Operation check = cutover.attempt("check", VerbRequest.PLAIN);
        assertEquals(List.of(), check.findings().stream().map(Finding::finding).toList());
        cutover.run("flip");
        assertEquals(List.of("(1,1)"), cutover.green().query("SELECT t::text FROM v2.item AS t"));
        cutover.run("rollback");
    }

    @Test
    void namesOfConstraints(TestServer server) throws Exception {
        String constraints = """
                ALTER TABLE v1.item ADD CONSTRAINT positive CHECK (n > 0), ADD CONSTRAINT once UNIQUE (n);
                ALTER TABLE v2.item ADD CONSTRAINT no_zero CHECK (n > 0), ADD CONSTRAINT unlike UNIQUE (n);
                """;
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + constraints, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertNothingIsSaid(cutover);
        }
    }

    @Test
    void typeAndStartOfASequence(TestServer server) throws Exception {
        String sequences = """
                CREATE SEQUENCE v1.free AS int START 5;
                CREATE SEQUENCE v2.free AS bigint START 7;
                """;
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + sequences, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertNothingIsSaid(cutover);
        }
    }

    @Test
    void aSequenceOfAnotherSchemaThatOnlyStatementsName(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_DATABASES)) {
            cutover.app().execute("CREATE SEQUENCE public.tickets; SELECT setval('public.tickets', 1000)");
            cutover.green().execute("CREATE SEQUENCE public.tickets");
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertNothingIsSaid(cutover);
            assertEquals(List.of("1"), cutover.green().query("SELECT last_value FROM public.tickets"));
        }
    }

    @Test
    void theOwnerOfAFunction(TestServer server) throws Exception {
        String functions = """
                CREATE FUNCTION v1.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE FUNCTION v2.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
                """;
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + functions, Mapping.IDENTITY)) {
            String role = cutover.app().name() + "_author";
            cutover.app().execute("CREATE ROLE " + role + "; ALTER FUNCTION v1.one() OWNER TO " + role);
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertNothingIsSaid(cutover);
        }
    }

    @Test
    void whatIsAddedToAnOperatorFamily(TestServer server) throws Exception {
        String families = """
                CREATE OPERATOR FAMILY v1.family USING hash;
                CREATE OPERATOR FAMILY v2.family USING hash;
                ALTER OPERATOR FAMILY v1.family USING hash ADD OPERATOR 1 pg_catalog.= (int4, int4);
                """;
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + families, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertNothingIsSaid(cutover);
        }
    }

    /** Each of them in the serving side's database only. */
    @Test
    void whatBelongsToADatabaseOrToTheServer(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_DATABASES)) {
            cutover.app().execute("""
                    CREATE FUNCTION public.nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
                    CREATE EVENT TRIGGER nothing ON ddl_command_end EXECUTE FUNCTION public.nothing();
                    CREATE LANGUAGE another HANDLER plpgsql_call_handler;
                    CREATE TRANSFORM FOR int LANGUAGE another (FROM SQL WITH FUNCTION prsd_lextype(internal),
                        TO SQL WITH FUNCTION int4recv(internal));
                    CREATE ACCESS METHOD stack TYPE TABLE HANDLER heap_tableam_handler;
                    CREATE FOREIGN DATA WRAPPER wrapper;
                    CREATE SERVER elsewhere FOREIGN DATA WRAPPER wrapper;
                    CREATE USER MAPPING FOR PUBLIC SERVER elsewhere;
                    """);
            cutover.app().execute("COMMENT ON DATABASE " + cutover.app().name() + " IS 'of the serving side'");
            cutover.run("prepare", "mirror", "backfill", "verify");

            assertNothingIsSaid(cutover);
        }
    }
}
