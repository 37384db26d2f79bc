// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.TableMapping;
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
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The application that runs before the flip must be able to insert after it, or the flip says that it cannot. */
@ExtendWith(PostgresExtension.class)
class OldStatementsFitIT {
    private static final String NAME = "old-statements-fit";
    private static final String TABLES = """
            CREATE TABLE v1.t (id int PRIMARY KEY, note text);
            CREATE TABLE v2.t (id int PRIMARY KEY, note text, kind text NOT NULL);
            INSERT INTO v1.t VALUES (1, 'first');
            """;
    private static final Mapping KIND = new Mapping(
            Map.of(
                    "t",
                    new TableMapping(
                            "t",
                            "t",
                            List.of(),
                            Map.of("kind", "'old'"),
                            Map.of(),
                            Map.of(),
                            Map.of(),
                            new Dropped(Set.of(), Set.of("kind")))),
            Set.of());

    private static Lifecycle ready(TestServer server, String tables, Layout layout) throws Exception {
        Lifecycle cutover = Lifecycle.start(server, tables, KIND, layout);
        cutover.run("prepare", "mirror", "backfill", "verify");
        return cutover;
    }

    private static void insert(Lifecycle cutover, int id) throws SQLException {
        try (Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            statement.execute("INSERT INTO t (id, note) VALUES (" + id + ", 'by version 1')");
        }
    }

    private static List<Finding> findings(Lifecycle cutover) throws Exception {
        return cutover.attempt("check", VerbRequest.PLAIN).findings().stream()
                .filter(finding -> finding.guardrail().equals(NAME))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void aColumnThatOnlyTheMappingFillsStopsTheFlipOnceClientsInsert(Layout layout, TestServer server)
            throws Exception {
        try (Lifecycle cutover = ready(server, TABLES, layout)) {
            List<Finding> before = findings(cutover);
            assertEquals(1, before.size(), before::toString);
            assertTrue(!before.get(0).blocking(), before::toString);
            insert(cutover, 2);

            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);

            assertEquals(State.REFUSED, flip.state(), flip::message);
            assertEquals(1, flip.findings().size(), flip.findings()::toString);
            Finding found = flip.findings().get(0);
            assertEquals(NAME, found.guardrail());
            assertTrue(found.finding().contains("column t.kind"), found::finding);
            assertTrue(found.remedy().contains("default or a trigger"), found::remedy);
            Operation forced = cutover.attempt("flip", new VerbRequest.Switch(false, false, Set.of(NAME)));
            assertEquals(State.SUCCEEDED, forced.state(), forced::message);
            SQLException failure = assertThrows(SQLException.class, () -> insert(cutover, 3));
            assertEquals("23502", failure.getSQLState());
            cutover.run("rollback");
        }
    }

    @Test
    void aTriggerMayFillIt(TestServer server) throws Exception {
        String tables = TABLES + """
                CREATE FUNCTION v2.kind() RETURNS trigger LANGUAGE plpgsql AS
                  $$BEGIN NEW.kind := coalesce(NEW.kind, 'old'); RETURN NEW; END$$;
                CREATE TRIGGER kind BEFORE INSERT ON v2.t FOR EACH ROW EXECUTE FUNCTION v2.kind();
                """;
        try (Lifecycle cutover = ready(server, tables, Layout.INLINE)) {
            insert(cutover, 2);
            assertTrue(findings(cutover).get(0).finding().contains("unless trigger kind does"));

            cutover.run("flip");
            insert(cutover, 3);

            assertEquals(List.of("old"), cutover.green().query("SELECT kind FROM v2.t WHERE id = 3"));
        }
    }

    @Test
    void aDefaultFillsIt(TestServer server) throws Exception {
        String tables = TABLES + "ALTER TABLE v2.t ALTER COLUMN kind SET DEFAULT 'old';";
        try (Lifecycle cutover = ready(server, tables, Layout.INLINE)) {
            insert(cutover, 2);
            assertEquals(List.of(), findings(cutover));

            cutover.run("flip");
            insert(cutover, 3);
        }
    }
}
