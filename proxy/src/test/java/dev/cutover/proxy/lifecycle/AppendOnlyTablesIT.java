// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A table without a key that only gets INSERTs moves if the operator says so. Its rows may be the same. */
@ExtendWith(PostgresExtension.class)
class AppendOnlyTablesIT {
    private static final String TABLES = """
            CREATE TABLE v1.log (line text, level int NOT NULL DEFAULT 1);
            CREATE TABLE v2.log (message text, level bigint NOT NULL DEFAULT 1);
            CREATE TABLE v1.item (id serial PRIMARY KEY, name text);
            CREATE TABLE v2.item (id serial PRIMARY KEY, name text);
            INSERT INTO v1.log SELECT 'old ' || i % 100, i % 3 FROM generate_series(1, 5000) AS i;
            CREATE FUNCTION public.logs() RETURNS trigger LANGUAGE plpgsql AS
                $$BEGIN EXECUTE format('INSERT INTO %I.log VALUES ($1)', TG_TABLE_SCHEMA) USING 'item ' || NEW.name; RETURN NULL; END$$;
            CREATE TRIGGER logs AFTER INSERT ON v1.item FOR EACH ROW EXECUTE FUNCTION public.logs();
            CREATE TRIGGER logs AFTER INSERT ON v2.item FOR EACH ROW EXECUTE FUNCTION public.logs();
            """;

    private static final long MOST_MARKS = 1_000;

    private static final Mapping MAPPING = mapping();

    private static Mapping mapping() {
        TableMapping log = new TableMapping(
                "log",
                "log",
                List.of(),
                Map.of("message", "line"),
                Map.of("line", "message"),
                Map.of(),
                Map.of(),
                Dropped.NOTHING,
                true);
        return new Mapping(Map.of("log", log), Set.of());
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE"})
    void itMovesThereAndBackUnderLoad(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING, layout)) {
            AtomicBoolean stopped = new AtomicBoolean();
            AtomicInteger inserted = new AtomicInteger();
            List<CompletableFuture<Void>> load = new ArrayList<>();
            try {
                for (int i = 0; i < 3; i++) {
                    load.add(CompletableFuture.runAsync(
                            () -> insert(cutover, stopped, inserted), task -> new Thread(task, "load").start()));
                }
                for (String verb : List.of(
                        "prepare", "mirror", "backfill", "verify", "flip", "verify", "rollback", "verify", "flip")) {
                    int goal = inserted.get() + 60;
                    Eventually.until("more rows", Duration.ofMinutes(1), () -> inserted.get() >= goal);
                    cutover.run(verb);
                }
            } finally {
                stopped.set(true);
            }
            for (CompletableFuture<Void> client : load) {
                client.join();
            }
            cutover.awaitNoMarks();
            cutover.run("verify");
            List<String> rows = rows(cutover, "v2", "message");
            assertEquals(rows, rows(cutover, "v1", "line"));
            assertEquals(5000 + inserted.get(), rows.size());
            cutover.run("complete");
            try (Connection client = cutover.connect("acme");
                    Statement statement = client.createStatement()) {
                assertEquals(rows.size(), statement.executeUpdate("DELETE FROM log"));
            }
        }
    }

    /** Rows of its own, some of them the same; in blocks, of savepoints, by a trigger of another table; some are rolled back. */
    private static void insert(Lifecycle cutover, AtomicBoolean stopped, AtomicInteger inserted) {
        try (Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            for (int i = 0; !stopped.get(); i++) {
                int rows =
                        switch (i % 4) {
                            case 0 ->
                                statement.executeUpdate("INSERT INTO log VALUES ('same', 1), ('same', 1), ('same', 7)");
                            case 1 -> statement.executeUpdate("INSERT INTO item (name) VALUES ('a')");
                            case 2 -> {
                                statement.execute("BEGIN");
                                statement.execute("INSERT INTO log VALUES ('one')");
                                statement.execute("SAVEPOINT s");
                                statement.execute("INSERT INTO log VALUES ('undone')");
                                statement.execute("ROLLBACK TO s");
                                statement.execute("INSERT INTO log VALUES ('two')");
                                statement.execute("COMMIT");
                                yield 2;
                            }
                            default -> {
                                statement.execute("BEGIN");
                                statement.execute("INSERT INTO log VALUES ('undone')");
                                statement.execute("ROLLBACK");
                                yield 0;
                            }
                        };
                inserted.addAndGet(rows);
                // The clients wait for resync, on any machine.
                Eventually.until(
                        "resync keeps up",
                        Duration.ofMinutes(2),
                        () -> stopped.get() || cutover.status().marks().pending() < MOST_MARKS);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"UPDATE log SET level = 2", "DELETE FROM log", "TRUNCATE log"})
    void whatElseWouldChangeItIsRefusedWhileItMoves(String change, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING)) {
            cutover.run("prepare", "mirror");
            try (Connection client = cutover.connect("acme");
                    Statement statement = client.createStatement()) {
                SQLException refused = assertThrows(SQLException.class, () -> statement.execute(change));
                assertEquals("0A000", refused.getSQLState());
                assertTrue(refused.getMessage().contains("table log is append-only"), refused::getMessage);
            }
            cutover.run("abort");
            try (Connection client = cutover.connect("acme");
                    Statement statement = client.createStatement()) {
                statement.execute(change);
            }
        }
    }

    @Test
    void aRowTooManyOnTheIdleSideIsFound(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.app().execute("""
                    ALTER TABLE v2.log DISABLE TRIGGER USER;
                    INSERT INTO v2.log VALUES ('surplus');
                    ALTER TABLE v2.log ENABLE ALWAYS TRIGGER cutover_fence;
                    ALTER TABLE v2.log ENABLE ALWAYS TRIGGER cutover_net_row;
                    ALTER TABLE v2.log ENABLE ALWAYS TRIGGER cutover_net_key;
                    ALTER TABLE v2.log ENABLE ALWAYS TRIGGER cutover_net_truncate;""");
            Operation verify = cutover.attempt("verify", VerbRequest.PLAIN);
            assertEquals(
                    "log: the serving side has 5000 rows, the idle one 5001",
                    verify.findings().get(0).finding());
            cutover.app().execute("""
                    ALTER TABLE v2.log DISABLE TRIGGER USER;
                    DELETE FROM v2.log WHERE ctid = (SELECT ctid FROM v2.log WHERE message = 'old 7' LIMIT 1);
                    ALTER TABLE v2.log ENABLE ALWAYS TRIGGER cutover_fence;
                    ALTER TABLE v2.log ENABLE ALWAYS TRIGGER cutover_net_row;
                    ALTER TABLE v2.log ENABLE ALWAYS TRIGGER cutover_net_key;
                    ALTER TABLE v2.log ENABLE ALWAYS TRIGGER cutover_net_truncate;""");
            assertEquals(
                    "log: the 5000 rows of both sides are not the same",
                    cutover.attempt("verify", VerbRequest.PLAIN)
                            .findings()
                            .get(0)
                            .finding());
        }
    }

    @Test
    void rowsThatVacuumFullHasMovedAreRefused(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING)) {
            cutover.run("prepare", "mirror");
            try (Connection client = cutover.connect("acme");
                    Statement statement = client.createStatement()) {
                statement.execute("INSERT INTO log VALUES ('moved')");
            }
            cutover.app().execute("VACUUM FULL v1.log");
            cutover.run("backfill");
            Eventually.until("the row is refused", Duration.ofMinutes(1), () -> !cutover.ledger("log")
                    .rows()
                    .isEmpty());
            assertTrue(cutover.ledger("log").rows().get(0).error().contains("was rewritten (VACUUM FULL, CLUSTER)"));
        }
    }

    @Test
    void anIdleTableThatHoldsRowsIsRefused(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING)) {
            cutover.run("prepare");
            cutover.app().execute("INSERT INTO v2.log VALUES ('before')");
            cutover.run("mirror");
            Operation backfill = cutover.attempt("backfill", VerbRequest.PLAIN);
            assertTrue(
                    backfill.message().contains("\"v2\".\"log\" holds rows, and log moves without a key"),
                    backfill::message);
        }
    }

    @Test
    void betweenTwoDatabasesItIsRefusedByName(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, MAPPING, Layout.TWO_DATABASES)) {
            Operation prepare = cutover.attempt("prepare", VerbRequest.PLAIN);
            assertEquals(
                    "log: a table that is append-only can only move within one database",
                    prepare.findings().get(0).finding());
        }
    }

    private static List<String> rows(Lifecycle cutover, String schema, String text) throws Exception {
        return cutover.app().query("SELECT " + text + " || level FROM " + schema + ".log ORDER BY 1");
    }
}
