// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Pacing;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rows of the serving side are updated in chunks, each once. */
@ExtendWith(PostgresExtension.class)
class TransformIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String TABLES = """
            CREATE TABLE v1.people (id int, part text, name text, n int NOT NULL DEFAULT 0 CHECK (n < 5), PRIMARY KEY (part, id));
            CREATE TABLE v2.people (LIKE v1.people INCLUDING ALL);
            CREATE TABLE v1.log (line text);
            INSERT INTO v1.people SELECT i, 'p' || i % 3, 'Ada Nr' || i FROM generate_series(1, 3000) AS i;
            """;

    private static VerbRequest request(
            String table, String set, @Nullable String where, @Nullable Integer rate, boolean again, boolean dry) {
        return new VerbRequest.Transform(table, set, where, new Pacing(rate, null), again, dry);
    }

    private static VerbRequest adding(int rate) {
        return request("people", "n = n + 1, name = upper(name)", null, rate, false, false);
    }

    private static String message(Operation.State state, Operation operation) {
        assertEquals(state, operation.state(), operation::toString);
        return operation.message();
    }

    @Test
    void eachRowIsChangedOnce(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            String dry = message(
                    Operation.State.SUCCEEDED,
                    cutover.attempt("transform", request("people", "n = n + 1", null, 0, false, true)));
            assertTrue(dry.contains("would be walked from its first row"), dry);
            assertEquals(List.of("0"), cutover.app().query("SELECT DISTINCT n FROM v1.people"));

            assertEquals(
                    "3000 of 3000 rows were changed",
                    message(Operation.State.SUCCEEDED, cutover.attempt("transform", adding(0))));
            statement.execute("INSERT INTO people VALUES (1, 'new', 'later')");
            assertTrue(message(Operation.State.SUCCEEDED, cutover.attempt("transform", adding(0)))
                    .startsWith("nothing to do"));

            assertEquals(
                    List.of("1 3000", "0 1"),
                    cutover.app().query("SELECT n || ' ' || count(*) FROM v1.people GROUP BY n ORDER BY n DESC"));
            assertEquals(List.of("ADA NR7"), cutover.app().query("SELECT name FROM v1.people WHERE id = 7"));
        }
    }

    @Test
    void whatCannotBeWalkedOrIsNoUpdateIsRefused(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE)) {
            assertRefused(cutover, "table log has no key", "log", "line = ''", null);
            assertRefused(cutover, "there is no table nothing", "nothing", "a = 1", null);
            assertRefused(cutover, "column id belongs to the key", "people", "id = 1", null);
            assertRefused(cutover, "no column age", "people", "age = 1", null);
            assertRefused(cutover, "the server does not take this UPDATE", "people", "n = nonsense(1)", null);
            assertRefused(cutover, "where must be one expression", "people", "n = 1", "true) OR (true");
        }
    }

    private static void assertRefused(Lifecycle cutover, String why, String table, String set, @Nullable String where)
            throws Exception {
        String message = message(
                Operation.State.REFUSED, cutover.attempt("transform", request(table, set, where, 0, false, false)));
        assertTrue(message.contains(why), message);
    }

    /** Where the server refuses a row, the ranges before it stay changed, and the next run continues behind them. */
    @Test
    void aRefusedRowStopsItAndTheNextRunContinues(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.app().execute("UPDATE v1.people SET n = 4 WHERE id = 2999");

            String failed = message(Operation.State.FAILED, cutover.attempt("transform", adding(0)));
            assertTrue(failed.contains("people_n_check"), failed);
            cutover.app().execute("UPDATE v1.people SET n = 0 WHERE id = 2999");
            message(Operation.State.SUCCEEDED, cutover.attempt("transform", adding(0)));

            assertEquals(List.of("1"), cutover.app().query("SELECT DISTINCT n FROM v1.people"));
        }
    }

    /** A proxy that runs it is killed at several points; the next one continues. */
    @Test
    void aKilledProxyLeavesNoRowChangedTwice(TestDatabase app, TestDatabase control, @TempDir Path directory)
            throws Exception {
        app.execute("CREATE SCHEMA v1; CREATE SCHEMA v2; " + TABLES);
        Path config = Files.writeString(directory.resolve("cutover.yaml"), ProxyProcess.yaml(app, app, control));
        for (int kill = 1; kill <= 3; kill++) {
            ProxyProcess proxy = ProxyProcess.start(config);
            try {
                int wanted = kill * 600;
                proxy.start("transform", adding(1_500));
                Eventually.until("progress", PATIENCE, () -> {
                    return app.query("SELECT to_regclass('cutover.transforms') IS NOT NULL")
                                    .equals(List.of("t"))
                            && app.query("SELECT count(*) FROM cutover.transforms WHERE passed >= " + wanted)
                                    .equals(List.of("1"));
                });
            } finally {
                proxy.kill();
            }
        }
        ProxyProcess last = ProxyProcess.start(config);
        try {
            assertEquals(
                    "3000 of 3000 rows were changed",
                    message(Operation.State.SUCCEEDED, last.await(last.start("transform", adding(0)))));
        } finally {
            last.kill();
        }
        assertEquals(List.of("1"), app.query("SELECT DISTINCT n FROM v1.people"));
    }
}
