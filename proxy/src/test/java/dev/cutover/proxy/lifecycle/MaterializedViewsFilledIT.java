// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The materialized views of the side that begins to serve hold its rows. */
@ExtendWith(PostgresExtension.class)
class MaterializedViewsFilledIT {
    private static final String NAME = "materialized-views-filled";

    /** The second one reads the first; by name it comes before it. The third is empty on both sides. */
    private static final String TABLES = """
            CREATE TABLE v1.item (id int PRIMARY KEY, n int);
            CREATE TABLE v2.item (id int PRIMARY KEY, n int);
            CREATE MATERIALIZED VIEW v1.total AS SELECT count(*) AS items FROM v1.item;
            CREATE MATERIALIZED VIEW v1.double AS SELECT items * 2 AS items FROM v1.total;
            CREATE MATERIALIZED VIEW v1.later AS SELECT count(*) AS items FROM v1.item WITH NO DATA;
            CREATE MATERIALIZED VIEW v2.total AS SELECT count(*) AS items FROM v2.item WITH NO DATA;
            CREATE VIEW v2.between AS SELECT items FROM v2.total;
            CREATE MATERIALIZED VIEW v2.double AS SELECT items * 2 AS items FROM v2.between WITH NO DATA;
            CREATE MATERIALIZED VIEW v2.later AS SELECT count(*) AS items FROM v2.item WITH NO DATA;
            """;

    private static final String ROWS = """
            INSERT INTO v1.item SELECT n, n FROM generate_series(1, 5) AS n;
            REFRESH MATERIALIZED VIEW v1.total;
            REFRESH MATERIALIZED VIEW v1.double;
            """;

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void aFlipAndARollbackRefreshThem(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout)) {
            cutover.app().execute(ROWS);
            cutover.run("prepare", "mirror", "backfill", "verify");
            assertEquals(List.of(), Findings.notes(cutover, NAME));

            cutover.run("flip");

            assertEquals(5, number(cutover, "SELECT items FROM total"));
            assertEquals(10, number(cutover, "SELECT items FROM double"));
            assertEquals(List.of("f"), populated(cutover, "v2", "later"));

            assertEquals(6, number(cutover, "INSERT INTO item VALUES (6, 6) RETURNING id"));
            // The rollback refreshes the views before its hold: a row that has not been carried then is not in them.
            cutover.awaitNoMarks();
            cutover.run("rollback");
            assertEquals(6, number(cutover, "SELECT items FROM total"));
            assertEquals(12, number(cutover, "SELECT items FROM double"));
        }
    }

    @Test
    void aDryRunRefreshesNothing(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.app().execute(ROWS);
            cutover.run("prepare", "mirror", "backfill", "verify");

            Operation flip = cutover.attempt("flip", new VerbRequest.Switch(false, true, Set.of()));

            assertEquals(State.SUCCEEDED, flip.state(), flip::message);
            assertEquals(List.of("f"), populated(cutover, "v2", "total"));
        }
    }

    @Test
    void oneThatCannotBeRefreshedRefusesTheFlip(TestServer server) throws Exception {
        String broken = "CREATE MATERIALIZED VIEW v2.broken AS SELECT 1 / (n - 3) AS x FROM v2.item WITH NO DATA;";
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + broken, Mapping.IDENTITY)) {
            cutover.app().execute(ROWS);
            cutover.run("prepare", "mirror", "backfill", "verify");

            Operation flip = cutover.attempt("flip", VerbRequest.PLAIN);

            assertEquals(State.REFUSED, flip.state(), flip::message);
            assertEquals(NAME, flip.findings().get(0).guardrail());
            assertTrue(flip.message().contains("v2.broken"), flip::message);
            assertTrue(flip.message().contains("division by zero"), flip::message);

            cutover.forcedFlip(NAME);
        }
    }

    private static List<String> populated(Lifecycle cutover, String schema, String view) throws Exception {
        return cutover.database(schema)
                .query("SELECT relispopulated FROM pg_class WHERE oid = '" + schema + "." + view + "'::regclass");
    }

    private static long number(Lifecycle cutover, String query) throws Exception {
        try (Connection client = cutover.connect("acme");
                Statement statement = client.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
