// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.PartMapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.adminapi.MappedTable;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What operators and clients see of a table whose rows lie in two on the other side. */
@ExtendWith(PostgresExtension.class)
class DividedTablesIT {
    private static final String TABLES = """
            CREATE TABLE v1.people (id int PRIMARY KEY, name text, town text CHECK (town <> 'Nowhere'));
            INSERT INTO v1.people SELECT i, 'name ' || i, CASE WHEN i % 2 = 0 THEN 'town' END FROM generate_series(1, 100) AS i;
            CREATE TABLE v2.persons (id bigint PRIMARY KEY, name text, at timestamptz DEFAULT now());
            CREATE TABLE v2.addresses (person bigint PRIMARY KEY, city varchar(12));
            """;

    private static final Mapping MAPPING = new Mapping(
            Map.of(
                    "people",
                    new TableMapping(
                            "people",
                            "persons",
                            List.of(),
                            Map.of(),
                            Map.of("town", "city"),
                            Map.of(),
                            Map.of(
                                    "addresses",
                                    new PartMapping(Map.of("person", "id", "city", "town"), "town IS NOT NULL")),
                            new Dropped(Set.of(), Set.of("at")))),
            Set.of());

    @Test
    void theMappingIsReportedForEachTable(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING)) {
            assertEquals(
                    List.of(
                            "people persons [id] KEY,NAMESAKE,DEFAULT KEY,NAMESAKE,MAPPING null",
                            "people addresses [id = person] KEY,MAPPING  town IS NOT NULL"),
                    cutover.mapping().stream()
                            .map(table -> table.blue() + " " + table.green() + " " + table.key() + " "
                                    + sources(table.up()) + " " + sources(table.down()) + " " + table.when())
                            .toList());

            cutover.run("prepare");
            assertEquals(
                    List.of("writes to people are left to the net: its rows lie in several tables of one side"),
                    cutover.attempt("check", VerbRequest.PLAIN).findings().stream()
                            .filter(finding -> finding.guardrail().equals("inline-mirroring"))
                            .map(finding -> finding.finding())
                            .toList());
        }
    }

    private static String sources(List<MappedTable.MappedColumn> columns) {
        return String.join(
                ",", columns.stream().map(column -> column.source().name()).toList());
    }

    @Test
    void aPartCannotBeAlteredWhileItIsMirrored(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING);
                Connection client = cutover.connect("acme")) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");

            SQLException refused = assertThrows(
                    SQLException.class, () -> execute(client, "ALTER TABLE addresses ADD COLUMN street text"));

            assertEquals("0A000", refused.getSQLState());
        }
    }

    @Test
    void partsWithoutARowStopARollback(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING);
                Connection client = cutover.connect("acme")) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");
            execute(client, "INSERT INTO addresses VALUES (1000, 'orphan')");
            assertEquals("addresses [1000] 23503", refused(cutover, "addresses"));

            Operation rollback = cutover.attempt("rollback", VerbRequest.PLAIN);

            assertEquals(Operation.State.REFUSED, rollback.state());
            assertEquals(
                    List.of("idle-side-accepts-rows"),
                    rollback.findings().stream()
                            .filter(finding -> finding.blocking())
                            .map(finding -> finding.guardrail())
                            .toList());
            execute(client, "DELETE FROM addresses WHERE person = 1000");
            cutover.awaitNoMarks();
            cutover.run("rollback");
        }
    }

    @Test
    void aPartThatTheOtherSideRefusesIsInTheLedger(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING);
                Connection client = cutover.connect("acme")) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            execute(client, "UPDATE people SET town = 'Llanfairpwllgwyngyll' WHERE id = 3");
            assertEquals("people [3] 22001", refused(cutover, "people"));
            execute(client, "UPDATE people SET town = 'Bangor' WHERE id = 3");
            assertEquals(
                    Operation.State.SUCCEEDED,
                    cutover.attempt("resync", resync("people", "3")).state());
            cutover.awaitNoMarks();
            cutover.run("verify", "flip");

            execute(client, "UPDATE addresses SET city = 'Nowhere' WHERE person = 3");
            assertEquals("addresses [3] 23514", refused(cutover, "addresses"));
            assertEquals(0, cutover.ledger("persons").refused());
            execute(client, "UPDATE addresses SET city = 'York' WHERE person = 3");
            assertEquals(
                    Operation.State.SUCCEEDED,
                    cutover.attempt("resync", resync("addresses", "3")).state());
            cutover.awaitNoMarks();

            cutover.run("verify", "rollback");
            assertEquals(List.of("York"), cutover.app().query("SELECT town FROM v1.people WHERE id = 3"));
        }
    }

    private static VerbRequest resync(String table, String key) {
        return new VerbRequest.Resync(table, key);
    }

    private static String refused(Lifecycle cutover, String table) throws Exception {
        Eventually.until("a refused row of " + table, Duration.ofMinutes(1), () -> {
            return cutover.ledger(table).refused() > 0;
        });
        RefusedRows.Row row = cutover.ledger(table).rows().get(0);
        return row.table() + " " + row.key() + " " + row.sqlState();
    }

    private static void execute(Connection client, String sql) throws SQLException {
        try (Statement statement = client.createStatement()) {
            statement.execute(sql);
        }
    }
}
