// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Prepared statements of live sessions are compared on both sides before a flip. */
@ExtendWith(PostgresExtension.class)
class ResultsKeepTheirShapeIT {
    private static final String TABLES = """
            CREATE FUNCTION v1.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION v2.f(int) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';
            CREATE TYPE v1.mood AS ENUM ('ok');
            CREATE TYPE v2.mood AS ENUM ('ok');
            CREATE TABLE v1.people (id int PRIMARY KEY, name varchar(20), tags jsonb, m v1.mood);
            CREATE TABLE v2.people (id int PRIMARY KEY, name varchar(40), tags jsonb, m v2.mood, extra int);
            """;
    private static final String ID = "SELECT id, m FROM people WHERE tags ? 'a' AND id = $1";
    private static final String NAME = "SELECT id,   name FROM people WHERE id = $1 AND name <> $2";

    @Test
    void aFlipNamesThemAndIsRefusedUnlessItIsForced(TestServer server) throws Exception {
        Mapping mapping = new Mapping(
                Map.of("people", new TableMapping("people", "people", List.of("id"), Map.of("extra", "1"), Map.of())),
                Set.of());
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, mapping, Layout.INLINE);
                RawClient first = login(cutover);
                RawClient second = login(cutover)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            for (RawClient client : List.of(first, second)) {
                describe(client, "n", NAME);
            }
            describe(first, "i", ID);
            describe(first, "case", "SELECT CASE WHEN true THEN f(1) END");
            describe(first, "all", "TABLE people");
            first.parse("untold", "SELECT * FROM people").sync().summary();
            describe(second, "gone", "SELECT 'people'::regclass, count(*) FROM v1.people");

            Operation check = cutover.attempt("check", VerbRequest.PLAIN);
            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);

            List<String> changed = List.of(
                    "1 session has prepared \"SELECT CASE WHEN true THEN f(1) END\", which the idle side refuses: ERROR:"
                            + " set-returning functions are not allowed in CASE",
                    "1 session has prepared \"TABLE people\", whose result changes: column 2 is \"name\" varchar(20) and"
                            + " becomes \"name\" varchar(40)",
                    "2 sessions have prepared \"SELECT id, name FROM people WHERE id = $1 AND name <> $2\", whose result"
                            + " changes: column 2 is \"name\" varchar(20) and becomes \"name\" varchar(40)");
            assertEquals(changed, shapes(check));
            assertEquals(State.REFUSED, flip.state());
            // Only what refuses it.
            assertEquals(changed.subList(1, 3), shapes(flip));
            assertEquals(
                    State.SUCCEEDED,
                    cutover.attempt("flip", new VerbRequest.Switch(true, false, Set.of()))
                            .state());
            first.query("SELECT 1").summary();
            assertEquals("2E[0A000]ZI", first.bind("", "all").execute("").sync().summary());
            // What concerns single statements does not stand in the way of going back.
            describe(second, "back", "SELECT extra, name FROM people");
            cutover.run("verify", "rollback");
        }
    }

    /** As libpq does: what it is told of a portal it forgets. */
    @Test
    void aClientThatDescribesEachPortalStandsInNoFlipsWay(TestServer server) throws Exception {
        String sides =
                "CREATE TABLE v1.t (id int PRIMARY KEY, n int); CREATE TABLE v2.t (id int PRIMARY KEY, n bigint);";
        try (Lifecycle cutover = Lifecycle.start(server, sides, Mapping.IDENTITY, Layout.INLINE);
                RawClient client = login(cutover)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            client.parse("s", "SELECT n FROM t").sync().summary();
            client.bind("", "s").describePortal("").execute("").sync().summary();

            cutover.run("flip", "rollback");
            client.bind("", "s").execute("").sync().summary();

            assertEquals(
                    State.REFUSED, cutover.attempt("flip", VerbRequest.PLAIN).state());
        }
    }

    @Test
    void theFindingShowsTheWholeStatementAndNamesAutosave(TestServer server) throws Exception {
        String sides =
                "CREATE TABLE v1.t (id int PRIMARY KEY, n int); CREATE TABLE v2.t (id int PRIMARY KEY, n bigint);";
        String longText = "SELECT n FROM t WHERE id NOT IN (" + "1001, ".repeat(60) + "0)";
        try (Lifecycle cutover = Lifecycle.start(server, sides, Mapping.IDENTITY, Layout.INLINE);
                RawClient client = login(cutover)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            describe(client, "s", longText);

            Finding finding = cutover.attempt("check", VerbRequest.PLAIN).findings().stream()
                    .filter(each -> each.guardrail().equals("results-keep-their-shape"))
                    .findFirst()
                    .orElseThrow();

            assertTrue(finding.finding().contains(longText), finding::finding);
            assertTrue(finding.remedy().contains("autosave=conservative"), finding::remedy);
        }
    }

    private static RawClient login(Lifecycle cutover) throws IOException {
        return RawClient.login(cutover.port(), cutover.app().server().user(), "acme");
    }

    private static void describe(RawClient client, String name, String sql) throws IOException {
        String answer = client.parse(name, sql).describeStatement(name).sync().summary();
        assertEquals("1tTZI", answer.replace("S", ""), sql);
    }

    private static List<String> shapes(Operation operation) {
        return operation.findings().stream()
                .filter(finding -> finding.guardrail().equals("results-keep-their-shape"))
                .map(Finding::finding)
                .sorted()
                .toList();
    }
}
