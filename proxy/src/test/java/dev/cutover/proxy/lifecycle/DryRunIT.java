// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A dry run prints the steps and, like a check, leaves both sides and the control database as they were, byte for byte. */
@ExtendWith(PostgresExtension.class)
final class DryRunIT {
    private static final VerbRequest DRY = new VerbRequest.Switch(false, true, Set.of());

    /** Sequences that fall behind, foreign keys, a trigger that counts by a sequence, a materialized view. */
    private static final String TABLES = """
            CREATE TABLE %1$s.shelf (id serial PRIMARY KEY, label text NOT NULL DEFAULT 'x');
            CREATE TABLE %1$s.book (id serial PRIMARY KEY, shelf int NOT NULL REFERENCES %1$s.shelf, n int);
            CREATE SEQUENCE %1$s.counted;
            CREATE FUNCTION %1$s.count_book() RETURNS trigger LANGUAGE plpgsql AS
                $$BEGIN new.n := nextval('%1$s.counted'); RETURN new; END$$;
            CREATE TRIGGER counts BEFORE INSERT ON %1$s.book FOR EACH ROW EXECUTE FUNCTION %1$s.count_book();
            CREATE MATERIALIZED VIEW %1$s.labels AS SELECT label, count(*) FROM %1$s.shelf GROUP BY label;
            """;

    private static final String ROWS = """
            INSERT INTO v1.shelf SELECT FROM generate_series(1, 50);
            INSERT INTO v1.book (shelf) SELECT id FROM v1.shelf;
            """;

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void aFlipAndARollbackLeaveEverythingAsItWas(Layout layout, TestServer server) throws Exception {
        String tables = TABLES.formatted("v1") + TABLES.formatted("v2");
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY, layout)) {
            cutover.app().execute(ROWS);
            assertCheckChangesNothing(cutover);
            cutover.run("prepare");
            assertCheckChangesNothing(cutover);
            cutover.run("mirror");
            cutover.awaitNoMarks();
            assertCheckChangesNothing(cutover);
            cutover.run("backfill", "verify");
            cutover.awaitNoMarks();
            List<String> ready = DatabaseDump.ofEverything(cutover);

            Operation flip = cutover.attempt("flip", DRY);

            assertEquals(State.SUCCEEDED, flip.state(), flip::message);
            assertEquals(Phase.READY, cutover.status().phase());
            assertNamed(
                    flip, "sequence(s) ahead", "v2.book_id_seq", "materialized view(s): v2.labels", "serve from green");
            assertEquals(ready, DatabaseDump.ofEverything(cutover));
            assertCheckChangesNothing(cutover);

            cutover.run("flip");
            cutover.awaitNoMarks();
            List<String> reversible = DatabaseDump.ofEverything(cutover);

            Operation rollback = cutover.attempt("rollback", DRY);

            assertEquals(State.SUCCEEDED, rollback.state(), rollback::message);
            assertEquals(Phase.REVERSIBLE, cutover.status().phase());
            assertNamed(rollback, "serve from blue");
            assertEquals(reversible, DatabaseDump.ofEverything(cutover));
            assertCheckChangesNothing(cutover);
        }
    }

    private static void assertCheckChangesNothing(Lifecycle cutover) throws Exception {
        List<String> before = DatabaseDump.ofEverything(cutover);
        cutover.attempt("check", VerbRequest.PLAIN);
        assertEquals(before, DatabaseDump.ofEverything(cutover));
    }

    private static void assertNamed(Operation dry, String... texts) {
        String plan = String.join("\n", dry.plan());
        for (String text : texts) {
            assertTrue(plan.contains(text), plan);
        }
    }
}
