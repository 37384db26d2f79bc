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
import dev.cutover.config.adminapi.VerifyScope;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A verification that is older than a server's last crash proves nothing: unlogged tables are empty since. */
@ExtendWith(PostgresExtension.class)
class CrashedServerIT {
    private static final String NAME = "no-crash-since-verify";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String TABLES = """
            CREATE UNLOGGED TABLE v1.t (id int PRIMARY KEY, note text);
            CREATE UNLOGGED TABLE v2.t (id int PRIMARY KEY, note text);
            INSERT INTO v1.t SELECT i, 'note ' || i FROM generate_series(1, 20) AS i;
            """;

    /** One backend dies; the postmaster stays and starts all others anew. */
    private static void crash(TestDatabase database) throws Exception {
        try (Connection victim = database.connect();
                Statement statement = victim.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
            assertTrue(row.next());
            ProcessHandle backend = ProcessHandle.of(row.getLong(1)).orElseThrow();
            backend.destroyForcibly();
            backend.onExit().join();
        }
        awaitAnswer(database);
    }

    private static void awaitAnswer(TestDatabase database) throws Exception {
        Eventually.until("the server comes back", PATIENCE, () -> {
            try {
                assertEquals(List.of("0"), database.query("SELECT count(*) FROM v2.t"), "the table survived the crash");
                return true;
            } catch (SQLException e) {
                return false;
            }
        });
    }

    /** The proxy's pools may still hold connections of the time before. */
    private static Operation answered(Lifecycle cutover, String verb, VerbRequest request) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Operation operation = cutover.attempt(verb, request);
        while (operation.state() == State.FAILED && System.nanoTime() < deadline) {
            operation = cutover.attempt(verb, request);
        }
        return operation;
    }

    private static void refused(Operation operation) {
        assertEquals(State.REFUSED, operation.state(), operation::message);
        List<String> guardrails =
                operation.findings().stream().map(Finding::guardrail).toList();
        assertTrue(guardrails.contains(NAME), operation.message() + guardrails);
    }

    private static VerbRequest repair() {
        return new VerbRequest.Verify(true, null, VerifyScope.ALL);
    }

    private static Lifecycle ready(TestServer server) throws Exception {
        Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.TWO_SERVERS);
        cutover.run("prepare", "mirror", "backfill", "verify");
        return cutover;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFlipToAServerThatHasCrashedNeedsAnotherVerification(boolean whole, TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            if (whole) {
                cutover.green().server().kill();
                cutover.green().server().startAgain();
                awaitAnswer(cutover.green());
            } else {
                crash(cutover.green());
            }
            // Trouble with the idle side revokes READY, too; then there is nothing to force.
            if (cutover.status().phase() == Phase.READY) {
                refused(answered(cutover, "flip", VerbRequest.PLAIN));
            }
            refused(answered(cutover, "check", VerbRequest.PLAIN));

            Operation found = answered(cutover, "verify", VerbRequest.PLAIN);
            assertEquals(State.REFUSED, found.state(), found::message);
            assertTrue(found.message().contains("20 of 20 rows differ"), found::message);
            answered(cutover, "verify", repair());
            cutover.awaitNoMarks();
            cutover.run("verify", "flip");

            assertEquals(List.of("20"), cutover.green().query("SELECT count(*) FROM v2.t"));
        }
    }

    @Test
    void aRollbackNeedsAnotherVerificationAfterACrash(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.run("flip");
            crash(cutover.green());

            refused(answered(cutover, "rollback", VerbRequest.PLAIN));
            Operation forced = cutover.attempt("rollback", new VerbRequest.Switch(true, false, Set.of(NAME)));
            assertEquals(State.REFUSED, forced.state());
            assertEquals(Phase.REVERSIBLE, cutover.status().phase());

            Operation found = answered(cutover, "verify", VerbRequest.PLAIN);
            assertEquals(State.REFUSED, found.state(), found::message);
        }
    }

    /** A restart in order loses nothing. */
    @Test
    void aRestartInOrderLeavesTheProofAsItIs(TestServer server) throws Exception {
        try (Lifecycle cutover = ready(server)) {
            cutover.green().server().stop();
            cutover.green().server().startAgain();

            List<Finding> findings =
                    answered(cutover, "check", VerbRequest.PLAIN).findings();

            assertEquals(List.of("20"), cutover.green().query("SELECT count(*) FROM v2.t"));
            assertTrue(
                    findings.stream().noneMatch(finding -> finding.guardrail().equals(NAME)), findings::toString);
        }
    }
}
