// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.PGConnection;

/** Writes that stand within other statements reach both sides, through the net. */
@ExtendWith(PostgresExtension.class)
class DisguisedWritesIT {
    private static final String TABLES = "CREATE TABLE v1.t (id int PRIMARY KEY, n int);"
            + " CREATE TABLE v2.t (id int PRIMARY KEY, n int); INSERT INTO v1.t SELECT i, i FROM generate_series(1, 9) AS i;"
            + " CREATE FUNCTION public.add(int) RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES ($1, $1) RETURNING id';";

    @Test
    void reachBothSides(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(
                        server, TABLES.replace("INSERT INTO t ", "INSERT INTO v1.t "), Mapping.IDENTITY);
                Connection client = simple(cutover);
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill");

            statement.execute("EXPLAIN (ANALYZE, COSTS OFF) INSERT INTO t VALUES (20, 20)");
            statement.execute("EXPLAIN ANALYZE UPDATE t SET n = 100 WHERE id = 1");
            statement.execute("PREPARE change (int) AS UPDATE t SET n = $1 WHERE id = 2");
            statement.execute("EXECUTE change (200)");
            statement.execute("EXPLAIN ANALYZE EXECUTE change (201)");
            StringWriter copied = new StringWriter();
            client.unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("COPY (DELETE FROM t WHERE id IN (3, 4) RETURNING id) TO STDOUT", copied);
            client.setAutoCommit(false);
            statement.execute("DECLARE c CURSOR FOR SELECT add(i) FROM generate_series(30, 32) AS i");
            statement.execute("FETCH 2 FROM c");
            client.commit();

            cutover.awaitNoMarks();
            assertEquals("3\n4\n", copied.toString());
            List<String> serving = cutover.app().query("SELECT id, n FROM v1.t ORDER BY id");
            assertEquals(serving, cutover.app().query("SELECT id, n FROM v2.t ORDER BY id"));
            assertEquals(
                    List.of("1 100", "2 201", "5 5", "6 6", "7 7", "8 8", "9 9", "20 20", "30 30", "31 31"),
                    cutover.app().query("SELECT id || ' ' || n FROM v2.t ORDER BY id"));
            Operation verified = cutover.attempt("verify", VerbRequest.PLAIN);
            assertEquals(Operation.State.SUCCEEDED, verified.state(), verified::message);
        }
    }

    private static Connection simple(Lifecycle cutover) throws Exception {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + cutover.port() + "/acme?preferQueryMode=simple",
                cutover.app().server().user(),
                cutover.app().server().password());
    }
}
