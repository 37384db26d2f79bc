// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A prepared transaction that wrote the tenant's tables stops whatever would leave it behind, and is named. */
@ExtendWith(PostgresExtension.class)
class PreparedTransactionsIT {
    private static final String GUARDRAIL = "no-prepared-transaction";
    private static final String TABLES = """
            CREATE TABLE v1.t (id int PRIMARY KEY, note text);
            CREATE TABLE v2.t (id int PRIMARY KEY, note text);
            CREATE TABLE v1.parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
            CREATE TABLE v2.parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
            CREATE SCHEMA IF NOT EXISTS parts;
            CREATE TABLE parts.v1_first PARTITION OF v1.parts FOR VALUES FROM (0) TO (100);
            CREATE TABLE parts.v2_first PARTITION OF v2.parts FOR VALUES FROM (0) TO (100);
            INSERT INTO v1.t VALUES (1, 'first');
            """;

    private static Lifecycle ready(TestServer server, Layout layout) throws Exception {
        Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout);
        cutover.run("prepare", "mirror", "backfill", "verify");
        return cutover;
    }

    /** Names are the server's, so that each test needs its own. */
    private static String gid(Lifecycle cutover) {
        return cutover.app().name() + "_m1";
    }

    private static void prepare(Lifecycle cutover, String write) throws SQLException {
        try (Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            statement.execute("BEGIN");
            statement.execute(write);
            statement.execute("PREPARE TRANSACTION '" + gid(cutover) + "'");
        }
    }

    private static void prepareRow(Lifecycle cutover, int id) throws SQLException {
        prepare(cutover, "WITH x AS (INSERT INTO t VALUES (" + id + ", 'phase 1') RETURNING id) SELECT id FROM x");
    }

    private static void commitPrepared(Lifecycle cutover) throws SQLException {
        try (Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            statement.execute("COMMIT PREPARED '" + gid(cutover) + "'");
        }
    }

    /** By name, with the way out, and without a change; nobody can force it. */
    private static void refused(Lifecycle cutover, String verb) throws Exception {
        Phase before = cutover.status().phase();
        Operation operation = cutover.attempt(verb, VerbRequest.PLAIN);

        assertEquals(State.REFUSED, operation.state(), operation::message);
        assertEquals(
                List.of(GUARDRAIL),
                operation.findings().stream().map(Finding::guardrail).distinct().toList(),
                operation.findings()::toString);
        Finding found = operation.findings().get(0);
        for (String part :
                List.of("'" + gid(cutover) + "'", cutover.app().server().user(), " since ")) {
            assertTrue(found.finding().contains(part), found::finding);
        }
        assertTrue(found.remedy().contains("COMMIT PREPARED '" + gid(cutover) + "'"), found::remedy);
        assertTrue(found.remedy().contains("ROLLBACK PREPARED '" + gid(cutover) + "'"), found::remedy);
        assertEquals(before, cutover.status().phase());
    }

    private static void onBothSides(Lifecycle cutover, int id) throws Exception {
        cutover.awaitNoMarks();
        for (String schema : List.of("v1", "v2")) {
            assertEquals(
                    List.of("phase 1"),
                    cutover.database(schema).query("SELECT note FROM " + schema + ".t WHERE id = " + id),
                    schema);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aFlipAndARollbackWaitForCommitPrepared(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server, layout)) {
            prepareRow(cutover, 11);
            refused(cutover, "check");
            refused(cutover, "flip");
            commitPrepared(cutover);
            cutover.run("flip");
            onBothSides(cutover, 11);

            prepareRow(cutover, 12);
            refused(cutover, "rollback");
            commitPrepared(cutover);
            cutover.run("rollback");
            onBothSides(cutover, 12);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void anAbortAndACompleteWaitForCommitPrepared(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server, layout)) {
            prepareRow(cutover, 11);
            refused(cutover, "abort");
            commitPrepared(cutover);
            cutover.run("flip");

            prepareRow(cutover, 12);
            refused(cutover, "complete");
            commitPrepared(cutover);
            onBothSides(cutover, 12);
            cutover.run("complete");
        }
    }

    /** Its client had not prepared it when the guardrails looked. */
    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void aTransactionThatIsPreparedWhileTheFlipDrains(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            statement.execute("BEGIN");
            statement.execute("INSERT INTO t VALUES (11, 'phase 1')");
            CompletableFuture<Operation> flip = cutover.begin("flip", VerbRequest.PLAIN);
            cutover.awaitPhase(Phase.SWITCHING);
            statement.execute("PREPARE TRANSACTION '" + gid(cutover) + "'");

            Operation refused = flip.join();

            assertEquals(State.REFUSED, refused.state(), refused::message);
            assertTrue(refused.message().contains(gid(cutover)), refused::message);
            assertEquals(Phase.READY, cutover.status().phase());
            statement.execute("COMMIT PREPARED '" + gid(cutover) + "'");
            cutover.run("flip");
            onBothSides(cutover, 11);
        }
    }

    @Test
    void oneThatWroteAPartitionInAnotherSchemaStopsTheFlip(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server, Layout.INLINE)) {
            prepare(cutover, "INSERT INTO parts.v1_first VALUES (5)");

            refused(cutover, "flip");

            commitPrepared(cutover);
            cutover.run("flip");
            cutover.awaitNoMarks();
            assertEquals(List.of("5"), cutover.green().query("SELECT id FROM v2.parts"));
        }
    }

    /** Its COMMIT PREPARED would go to a database that does not know it. */
    @Test
    void betweenTwoDatabasesOneThatWroteNothingStopsTheFlipToo(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server, Layout.TWO_DATABASES)) {
            for (String statement : List.of("SELECT 1", "SELECT * FROM t")) {
                prepare(cutover, statement);
                refused(cutover, "check");
                refused(cutover, "flip");
                commitPrepared(cutover);
            }
            cutover.app().execute("CREATE TABLE public.elsewhere (id int)");
            cutover.app()
                    .execute("BEGIN; INSERT INTO public.elsewhere VALUES (1); PREPARE TRANSACTION '" + gid(cutover)
                            + "'");
            cutover.run("flip");
            cutover.app().execute("COMMIT PREPARED '" + gid(cutover) + "'");
        }
    }

    @Test
    void oneThatOnlyReadTheTenantsTablesStopsNothing(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server, Layout.INLINE)) {
            cutover.app().execute("CREATE TABLE public.elsewhere (id int)");
            prepare(cutover, "INSERT INTO public.elsewhere SELECT id FROM t");

            cutover.run("flip");

            commitPrepared(cutover);
        }
    }

    @Test
    void nobodyForcesAFlipAgainstOne(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server, Layout.INLINE)) {
            prepareRow(cutover, 11);

            Operation named = cutover.attempt("flip", new VerbRequest.Switch(false, false, Set.of(GUARDRAIL)));
            Operation plain = cutover.attempt("flip", new VerbRequest.Switch(true, false, Set.of()));

            assertEquals(List.of(State.REFUSED, State.REFUSED), List.of(named.state(), plain.state()));
            commitPrepared(cutover);
        }
    }
}
