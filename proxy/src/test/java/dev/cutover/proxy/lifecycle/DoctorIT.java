// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.DoctorReport.Anomaly;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.gate.Gate;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each state that should not be is made by hand, found by name, and repaired where that can do no harm. */
@ExtendWith(PostgresExtension.class)
class DoctorIT {
    private static final String TABLES = """
            CREATE TABLE v1.t (id int PRIMARY KEY, parent int, n int);
            CREATE TABLE v2.t (id int PRIMARY KEY, parent int, n int);
            ALTER TABLE v1.t ADD CONSTRAINT t_parent FOREIGN KEY (parent) REFERENCES v1.t;
            ALTER TABLE v2.t ADD CONSTRAINT t_parent FOREIGN KEY (parent) REFERENCES v2.t;
            CREATE TABLE v1.e (id bigserial PRIMARY KEY, n int);
            CREATE TABLE v2.e (id bigserial PRIMARY KEY, n int);
            INSERT INTO v1.t SELECT i, 1, i FROM generate_series(1, 10) AS i;
            INSERT INTO v1.e (n) SELECT i FROM generate_series(1, 10) AS i;
            """;

    @Test
    void nothingIsFoundInAnyPhaseOfAPlainCutover(TestServer server) throws Exception {
        for (Layout layout : List.of(Layout.INLINE, Layout.TWO_DATABASES)) {
            try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout)) {
                assertEquals(List.of(), cutover.doctor().anomalies());
                for (String verb : List.of(
                        "prepare", "mirror", "backfill", "verify", "flip", "rollback", "verify", "flip", "complete")) {
                    cutover.run(verb);
                    assertEquals(List.of(), cutover.doctor().anomalies(), verb);
                }
            }
        }
    }

    @Test
    void aFlipThatNobodyIsAtIsUndone(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.control().execute("UPDATE cutover.tenant SET phase = 'SWITCHING', switching_from = 'READY'");

            assertMended(cutover, "the tenant is SWITCHING, but no operation is running on it");

            assertEquals(Phase.READY, cutover.status().phase());
            cutover.run("flip");
        }
    }

    @Test
    void pendingWorkThatNobodyIsAtIsDone(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.control().execute("UPDATE cutover.tenant SET pending_work = 'BACKFILL'");

            assertMended(cutover, "BACKFILL is recorded as pending");
        }
    }

    @Test
    void aRowThatSomebodyElseHasChangedIsNamedAndLeftAlone(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.control().execute("UPDATE cutover.tenant SET serving = 'GREEN', epoch = epoch + 1");

            assertLeft(cutover, "the row says READY, green serves, epoch 3; this proxy goes by READY, blue serves");

            assertEquals(
                    List.of("GREEN"),
                    cutover.control().query("SELECT serving FROM cutover.tenant WHERE name = 'acme'"));
        }
    }

    @Test
    void aNetWithAHoleIsMendedAndReadyIsRevoked(TestServer server) throws Exception {
        for (String hole : List.of(
                "ALTER TABLE v1.t DISABLE TRIGGER cutover_net_row",
                "DROP TRIGGER cutover_net_key ON v2.t",
                "DROP TRIGGER cutover_net_truncate ON v1.e",
                "DO $$ BEGIN EXECUTE (SELECT format('CREATE OR REPLACE FUNCTION %s RETURNS trigger LANGUAGE plpgsql AS"
                        + " ''BEGIN RETURN NULL; END''', tgfoid::regprocedure) FROM pg_trigger"
                        + " WHERE tgname = 'cutover_net_row' AND tgrelid = 'v1.t'::regclass); END $$",
                "CREATE OR REPLACE FUNCTION cutover.unmirrored(token text) RETURNS boolean LANGUAGE sql AS 'SELECT false'")) {
            try (Lifecycle cutover = ready(server)) {
                cutover.app().execute(hole);

                assertMended(cutover, "this part of the net is missing, disabled, or not as it was installed");

                assertEquals(Phase.MIRRORING, cutover.status().phase(), hole);
                cutover.app().execute("UPDATE v1.t SET n = 77 WHERE id = 7");
                cutover.awaitNoMarks();
                assertEquals(List.of("77"), cutover.app().query("SELECT n FROM v2.t WHERE id = 7"));
            }
        }
    }

    @Test
    void rightsOnTheMarksAreRevokedAndThoseToMarkOnesOwnTableStay(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            String view = cutover.app()
                    .query("SELECT oid::regclass FROM pg_class WHERE relname LIKE 'mark\\_%' ORDER BY 1")
                    .get(0);
            String marks = "SELECT concat_ws(' ', has_column_privilege('pg_monitor', '" + view + "', 'key', 'INSERT'),"
                    + " has_column_privilege('pg_monitor', '" + view + "', 'tenant', 'INSERT'),"
                    + " has_table_privilege('pg_monitor', 'cutover.parked', 'INSERT'))";
            cutover.app()
                    .execute("GRANT INSERT (key) ON " + view + " TO pg_monitor; GRANT INSERT, DELETE ON " + view
                            + " TO pg_monitor; GRANT INSERT ON cutover.parked TO pg_monitor");

            assertMended(cutover, "the role pg_monitor has DELETE, INSERT");

            assertEquals(List.of("t f f"), cutover.app().query(marks));
        }
    }

    @Test
    void whatATransitionHasLeftIsRemoved(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.run("abort");
            cutover.app().execute("""
                    CREATE FUNCTION cutover.net_left() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                    CREATE TRIGGER cutover_net_row AFTER INSERT ON v1.t FOR EACH ROW EXECUTE FUNCTION cutover.net_left();
                    INSERT INTO cutover.dirty_key (tenant, side, tbl, key) VALUES ('acme', 'BLUE', 't', '[1]');
                    INSERT INTO cutover.backfill (tenant, tbl, total) VALUES ('acme', 't', 1);
                    """);

            assertMended(cutover, "the trigger cutover_net_row stands there though the tenant does not mirror");

            assertEquals(List.of(), cutover.app().query("SELECT tenant FROM cutover.dirty_key"));
            assertEquals(List.of(), cutover.app().query("SELECT tenant FROM cutover.backfill"));
            assertEquals(List.of(), cutover.app().query("SELECT proname FROM pg_proc WHERE proname = 'net_left'"));
        }
    }

    @Test
    void whatIsParkedOnAServingSideIsPutBack(TestServer server) throws Exception {
        String park = "INSERT INTO cutover.parked VALUES ('acme', 'BLUE', 'v1.t', 'FOREIGN KEY', 't_parent',"
                + " 'FOREIGN KEY (parent) REFERENCES v1.t(id) NOT VALID'); ALTER TABLE v1.t DROP CONSTRAINT t_parent";
        try (Lifecycle cutover = ready(server)) {
            cutover.app().execute(park);
            assertMended(cutover, "parked on blue, which serves: v1.t: t_parent");
            assertEquals(
                    List.of("v1.t t"),
                    cutover.app()
                            .query("SELECT conrelid::regclass || ' ' || left(convalidated::text, 1)"
                                    + " FROM pg_constraint WHERE contype = 'f'"));

            cutover.run("abort");
            cutover.app().execute(park);
            assertMended(cutover, "parked on blue, which serves: v1.t: t_parent");
        }
    }

    @Test
    void aConstraintThatIsNotParkedWhereRowsAreMirroredToIsParked(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.app().execute("ALTER TABLE v2.t ADD CONSTRAINT late FOREIGN KEY (parent) REFERENCES v2.t");

            assertMended(cutover, "not parked on green, which is mirrored to: v2.t: late");

            cutover.run("flip");
            assertEquals(
                    List.of("t"), cutover.app().query("SELECT convalidated FROM pg_constraint WHERE conname = 'late'"));
        }
    }

    @Test
    void rowsOfATenantThatNobodyKnowsAreNamedAndLeftAlone(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.app().execute("""
                    INSERT INTO cutover.dirty_key (tenant, side, tbl, key) VALUES ('lost', 'BLUE', 't', '[1]');
                    INSERT INTO cutover.backfill (tenant, tbl, total) VALUES ('lost', 't', 1);
                    INSERT INTO cutover.parked VALUES ('lost', 'GREEN', 'x.t', 'TRIGGER', 'a', 'O');
                    """);

            assertLeft(cutover, "1 row(s) of tenant lost, which the control database does not know");

            assertEquals(3, cutover.doctor().anomalies().size());
        }
    }

    @Test
    void aServingSideThatIsNotProvedIs(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.app()
                    .execute(
                            "SELECT setval('v1.e_id_seq', 3);"
                                    + " ALTER TABLE v1.t DROP CONSTRAINT t_parent;"
                                    + " ALTER TABLE v1.t ADD CONSTRAINT t_parent FOREIGN KEY (parent) REFERENCES v1.t NOT VALID");

            assertMended(cutover, "it is behind the column that it feeds");

            assertEquals(1, statement.executeUpdate("INSERT INTO e (n) VALUES (11)"));
            assertEquals(
                    List.of("t"),
                    cutover.app().query("SELECT convalidated FROM pg_constraint WHERE conname = 't_parent'"));
        }
    }

    @Test
    void anInvalidIndexIsNamed(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.app()
                    .execute("CREATE INDEX slow ON v1.t (n);"
                            + " UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'v1.slow'::regclass");

            assertLeft(cutover, "the index of the blue side is not valid");
        }
    }

    private static Lifecycle ready(TestServer server) throws Exception {
        Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY);
        cutover.run("prepare", "mirror", "backfill", "verify");
        return cutover;
    }

    @Test
    void aSessionThatIsCountedAndRunsNothingIsNoLongerCounted(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            Gate gate = cutover.routing().gate();
            assertTrue(gate.passage(0, Runnable::run, () -> false).tryEnter());

            assertMended(cutover, "1 session(s) that run nothing are counted as running");

            assertTrue(gate.passage(0, Runnable::run, () -> false).tryEnter());
            cutover.run("flip");
            assertEquals(0, gate.inFlight());
        }
    }

    private static void assertMended(Lifecycle cutover, String finding) throws Exception {
        assertFound(cutover, finding, true);
        cutover.run("doctor");
        assertEquals(List.of(), cutover.doctor().anomalies());
        assertEquals(
                List.of("SUCCEEDED"),
                cutover.control()
                        .query("SELECT result FROM cutover.audit WHERE command = 'doctor' ORDER BY id DESC LIMIT 1"));
    }

    private static void assertLeft(Lifecycle cutover, String finding) throws Exception {
        assertFound(cutover, finding, false);
        Operation repair = cutover.attempt("doctor", VerbRequest.PLAIN);
        assertEquals(Operation.State.REFUSED, repair.state());
        assertFound(cutover, finding, false);
    }

    private static void assertFound(Lifecycle cutover, String finding, boolean repairable) throws Exception {
        List<Anomaly> found = cutover.doctor().anomalies().stream()
                .filter(anomaly -> anomaly.finding().contains(finding))
                .toList();
        assertFalse(found.isEmpty(), () -> finding);
        assertTrue(found.stream().allMatch(anomaly -> anomaly.repairable() == repairable), found::toString);
        assertTrue(
                found.stream()
                        .noneMatch(anomaly -> anomaly.place().isEmpty()
                                || anomaly.consequence().isEmpty()
                                || anomaly.remedy().isEmpty()),
                found::toString);
    }
}
