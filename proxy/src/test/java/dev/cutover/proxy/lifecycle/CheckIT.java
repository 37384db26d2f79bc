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
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What check, verify and the verbs say of one state is the same, and is true. */
@ExtendWith(PostgresExtension.class)
class CheckIT {
    private static final String PEOPLE = """
            CREATE TABLE v1.people (id int PRIMARY KEY, name text);
            CREATE TABLE v2.people (id int PRIMARY KEY, name text);
            INSERT INTO v1.people SELECT i, 'Person ' || i FROM generate_series(1, 100) AS i;
            """;

    private static Operation check(Lifecycle cutover) throws Exception {
        return cutover.attempt("check", VerbRequest.PLAIN);
    }

    private static VerbRequest forced(String verb, String guardrail) {
        return verb.equals("prepare")
                ? new VerbRequest.Prepare(false, false, Set.of(guardrail))
                : new VerbRequest.Mirror(Set.of(guardrail));
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aHealthyTenantHasNoFindingInAnyPhase(Layout layout, TestServer server) throws Exception {
        String bills = """
                CREATE TABLE v1.bills (id serial PRIMARY KEY, person int REFERENCES v1.people);
                CREATE TABLE v2.bills (id serial PRIMARY KEY, person int REFERENCES v2.people);
                INSERT INTO v1.bills (person) SELECT i FROM generate_series(1, 100) AS i;
                """;
        // Without the other schema, as the layout wants it.
        try (Lifecycle cutover = Lifecycle.start(server, PEOPLE + bills, Mapping.IDENTITY, layout)) {
            assertEquals(List.of(), check(cutover).findings());
            for (String verb : List.of("prepare", "mirror", "backfill", "verify", "flip", "rollback", "flip")) {
                cutover.run(verb);
                List<Finding> findings = check(cutover).findings().stream()
                        .filter(finding -> !Set.of("backfill-complete", "verification-clean", "disk-head-room")
                                .contains(finding.guardrail()))
                        .toList();

                assertEquals(List.of(), findings, verb);
                assertEquals(List.of(), cutover.doctor().anomalies(), verb);
            }
        }
    }

    /** The parents come with the backfill. */
    @Test
    void foreignKeysAreNotJudgedBeforeTheBackfill(TestServer server) throws Exception {
        String pets = """
                CREATE TABLE v1.pets (id int PRIMARY KEY, owner int REFERENCES v1.people);
                CREATE TABLE v2.pets (id int PRIMARY KEY, owner int REFERENCES v2.people);
                """;
        try (Lifecycle cutover = Lifecycle.start(server, PEOPLE + pets, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror");
            cutover.app().execute("INSERT INTO v1.pets VALUES (1, 1)");
            cutover.awaitNoMarks();

            assertTrue(check(cutover).findings().stream()
                    .noneMatch(finding -> finding.guardrail().equals("foreign-keys-hold")));
        }
    }

    @Test
    void afterTheFlipCheckJudgesWhatARollbackJudges(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, PEOPLE, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");
            cutover.app()
                    .execute("CREATE INDEX by_name ON v1.people (name);"
                            + " UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'v1.by_name'::regclass");

            Operation check = check(cutover);

            assertEquals(State.SUCCEEDED, check.state(), check::toString);
            assertEquals("nothing stops a rollback; nothing stops complete", check.message());
            cutover.app().execute("ALTER TABLE v2.people DISABLE TRIGGER cutover_net_row");
            Operation stopped = check(cutover);
            Operation rollback = cutover.attempt("rollback", VerbRequest.PLAIN);
            assertEquals(List.of(State.REFUSED, State.REFUSED), List.of(stopped.state(), rollback.state()));
            assertEquals(rollback.findings(), stopped.findings());
            assertTrue(stopped.message().endsWith("nothing stops complete"), stopped::message);
            cutover.run("complete");
        }
    }

    @Test
    void aVerificationDoesNotCallRowsEqualThatTheIdleSideRefuses(TestServer server) throws Exception {
        String strict = "ALTER TABLE v2.people ADD CHECK (id > 10);";
        try (Lifecycle cutover = Lifecycle.start(server, PEOPLE + strict, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill");

            Operation verify = cutover.attempt("verify", VerbRequest.PLAIN);

            assertEquals(State.REFUSED, verify.state(), verify::message);
            assertTrue(verify.message().startsWith("10 of 100 rows are not on the idle side"), verify::message);
            assertEquals("idle-side-accepts-rows", verify.findings().get(0).guardrail());
            assertEquals(Phase.MIRRORING, cutover.status().phase());
        }
    }

    @Test
    void aTransitionOfNoTableIsRefusedUnlessItIsForced(TestServer server) throws Exception {
        String tables = "CREATE TABLE v1.people (id int PRIMARY KEY); CREATE TABLE v2.persons (id int PRIMARY KEY);";
        Mapping mapping = new Mapping(java.util.Map.of(), Set.of("people", "persons"));
        try (Lifecycle cutover = Lifecycle.start(server, tables, mapping)) {
            for (String verb : List.of("prepare", "mirror")) {
                Operation refused = cutover.attempt(verb, VerbRequest.PLAIN);
                Operation check = check(cutover);

                assertEquals(List.of(State.REFUSED, State.REFUSED), List.of(refused.state(), check.state()), verb);
                Finding finding = refused.findings().get(0);
                assertEquals("tables-are-mapped", finding.guardrail());
                assertTrue(
                        finding.finding()
                                .contains("blue's schema v1 has only people, green's schema v2 has only persons"),
                        finding::finding);
                assertEquals(
                        State.SUCCEEDED,
                        cutover.attempt(verb, forced(verb, "tables-are-mapped")).state());
            }
        }
    }

    @Test
    void twoSidesWithoutATablePass(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, "SELECT 1;", Mapping.IDENTITY)) {
            cutover.run("check", "prepare", "check", "mirror", "backfill", "verify", "check");
        }
    }
}
