// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rows that the idle side refuses are named, and tried again when an operator says so. */
@ExtendWith(PostgresExtension.class)
class LedgerIT {
    private static final String TABLES = "CREATE TABLE v1.t (id int PRIMARY KEY, n int);"
            + " CREATE TABLE v2.t (id int PRIMARY KEY, n int CONSTRAINT small CHECK (n < 100));"
            + " CREATE TABLE v1.u (a text, b int, c bigint, PRIMARY KEY (a, b));"
            + " CREATE TABLE v2.u (a text, b int, c int, PRIMARY KEY (a, b));";

    /** Written beside the proxy, so that the net marks it. */
    private static final String REFUSED = "INSERT INTO v1.t SELECT i, i * 60 FROM generate_series(0, 3) AS i;"
            + " INSERT INTO v1.u VALUES ('it''s', 1, 10000000000), ('a', 2, 7), ('[b]', 3, 20000000000)";

    @Test
    void namesEveryRefusedRowOnceHoweverOftenItIsWritten(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill");
            cutover.app().execute(REFUSED);
            awaitRefused(cutover, 4);

            for (int i = 0; i < 5; i++) {
                cutover.app().execute("UPDATE v1.t SET n = n + 1 WHERE id IN (2, 3)");
            }
            awaitRefused(cutover, 4);

            RefusedRows ledger = cutover.ledger(null);
            assertEquals(
                    List.of(
                            "t [2] 23514 null",
                            "t [3] 23514 null",
                            "u [\"[b]\", 3] 22003 up",
                            "u [\"it's\", 1] 22003 up"),
                    ledger.rows().stream()
                            .map(row -> row.table() + " " + row.key() + " " + row.sqlState() + " "
                                    + row.unrepresentableBy())
                            .sorted()
                            .toList());
            assertTrue(ledger.rows().stream()
                    .filter(row -> row.table().equals("t"))
                    .allMatch(row -> row.error().contains("small") && row.attempts() > 1));
            assertEquals(2, cutover.ledger("u").refused());
        }
    }

    @Test
    void resyncSettlesWhatTheIdleSideTakesNow(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill");
            cutover.app().execute(REFUSED);
            awaitRefused(cutover, 4);
            // So often refused, a row is not tried again by itself for half a minute.
            cutover.app()
                    .execute(
                            "UPDATE cutover.dirty_key SET attempts = 20, retry_at = clock_timestamp() + interval '1 hour'");

            Operation nothingMended = cutover.attempt("resync", VerbRequest.PLAIN);
            cutover.app().execute("ALTER TABLE v2.t DROP CONSTRAINT small");
            Operation oneKey = cutover.attempt("resync", new VerbRequest.Resync("t", "2"));
            long leftByOneKey = cutover.ledger(null).refused();
            Operation otherTable = cutover.attempt("resync", new VerbRequest.Resync("u", "[\"[b]\",3]"));
            cutover.app().execute("UPDATE v1.u SET c = 1");
            Operation all = cutover.attempt("resync", VerbRequest.PLAIN);

            assertEquals(Operation.State.REFUSED, nothingMended.state());
            assertTrue(
                    nothingMended.message().startsWith("4 refused row(s) were refused again"), nothingMended::message);
            assertEquals(4, nothingMended.findings().size());
            assertEquals(Operation.State.SUCCEEDED, oneKey.state(), oneKey::message);
            assertTrue(oneKey.message().startsWith("1 refused row(s) are settled"), oneKey::message);
            assertEquals(3, leftByOneKey);
            assertTrue(otherTable.message().startsWith("1 refused row(s) were refused again"), otherTable::message);
            assertEquals(Operation.State.SUCCEEDED, all.state(), all::message);
            assertEquals(0, cutover.ledger(null).refused());
            assertEquals(
                    List.of("0, 60, 120, 180"),
                    cutover.app().query("SELECT string_agg(n::text, ', ' ORDER BY id) FROM v2.t"));
            cutover.run("verify", "flip");
        }
    }

    @Test
    void afterTheFlipItSaysWhatDownCannotRepresent(TestServer server) throws Exception {
        String tables =
                "CREATE TABLE v1.t (id int PRIMARY KEY, n int); CREATE TABLE v2.t (id int PRIMARY KEY, n bigint);";
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");

            cutover.app().execute("INSERT INTO v2.t VALUES (1, 10000000000), (2, 2)");

            awaitRefused(cutover, 1);
            RefusedRows.Row row = cutover.ledger(null).rows().get(0);
            assertEquals("t [1] down", row.table() + " " + row.key() + " " + row.unrepresentableBy());
        }
    }

    @Test
    void aTextThatIsTooLongIsRefusedAndNotCut(TestServer server) throws Exception {
        String tables = "CREATE TABLE v1.t (id varchar(3) PRIMARY KEY, a text);"
                + " CREATE TABLE v2.t (id varchar(2) PRIMARY KEY, a varchar(3));";
        try (Lifecycle cutover = Lifecycle.start(server, tables, Mapping.IDENTITY);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill");

            assertEquals(1, statement.executeUpdate("INSERT INTO t VALUES ('a', 'abcdef')"));
            assertEquals(1, statement.executeUpdate("INSERT INTO t VALUES ('b', 'abc')"));
            assertEquals(1, statement.executeUpdate("INSERT INTO t VALUES ('bcd', 'c')"));

            awaitRefused(cutover, 2);
            assertEquals(
                    List.of("[\"a\"] 22001 up", "[\"bcd\"] 22001 up"),
                    cutover.ledger("t").rows().stream()
                            .map(row -> row.key() + " " + row.sqlState() + " " + row.unrepresentableBy())
                            .sorted()
                            .toList());
            assertEquals(List.of("b abc"), cutover.app().query("SELECT id || ' ' || a FROM v2.t"));
        }
    }

    @Test
    void whatCannotBeMeantIsRefused(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            Operation tooEarly = cutover.attempt("resync", VerbRequest.PLAIN);
            cutover.run("prepare", "mirror");

            assertEquals(Operation.State.REFUSED, tooEarly.state());
            assertEquals(0, cutover.ledger(null).refused());
            assertEquals(
                    List.of(
                            "there is no mapped table \"nope\" on the serving side",
                            "a key is one of a table; name the table, too",
                            "the key is not a JSON array: [1"),
                    List.of(
                            cutover.attempt("resync", new VerbRequest.Resync("nope", null))
                                    .message(),
                            cutover.attempt("resync", new VerbRequest.Resync(null, "1"))
                                    .message(),
                            cutover.attempt("resync", new VerbRequest.Resync("t", "[1"))
                                    .message()));
        }
    }

    /** Until resync has carried over or been refused all that was marked. */
    private static void awaitRefused(Lifecycle cutover, long refused) throws Exception {
        Eventually.until(refused + " rows are refused and nothing else is marked", Duration.ofMinutes(1), () -> {
            TenantStatus.Marks marks = cutover.status().marks();
            return marks.pending() == refused && marks.failed() == refused;
        });
    }
}
