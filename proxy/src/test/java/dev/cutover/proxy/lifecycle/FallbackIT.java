// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.RefusedRows;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** A constraint that only the idle side has does not fail clients: the table's writes mark until the cause is gone. */
@ExtendWith(PostgresExtension.class)
class FallbackIT {
    private static final String TABLES = "CREATE TABLE v1.t (id int PRIMARY KEY, n int);"
            + " CREATE TABLE v2.t (id int PRIMARY KEY, n int);"
            + " INSERT INTO v1.t SELECT -i, 1 FROM generate_series(1, 10) AS i;";
    private static final String REFUSE_ONE_IN_A_THOUSAND =
            "ALTER TABLE v2.t ADD CONSTRAINT one_in_a_thousand CHECK (n % 1000 <> 0)";
    private static final int ROWS_EACH = 700;

    @Test
    void clientsThatWriteMeanwhileSeeOneSerializationFailureAtMost(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.app().execute(REFUSE_ONE_IN_A_THOUSAND);
            Writers writers = new Writers(cutover);

            writers.run();

            assertTrue(writers.errors.size() <= 1, writers.errors::toString);
            assertTrue(writers.errors.stream().allMatch(error -> error.startsWith("40001")), writers.errors::toString);
            assertEquals(List.of("4200"), cutover.app().query("SELECT count(*) FROM v1.t WHERE id > 0"));
            awaitOnlyRefused(cutover, 4);
            RefusedRows ledger = cutover.ledger("t");
            assertEquals(
                    List.of("[1000]", "[2000]", "[3000]", "[4000]"),
                    ledger.rows().stream().map(RefusedRows.Row::key).sorted().toList());
            assertEquals(
                    List.of("t"),
                    cutover.status().fallback().stream()
                            .map(TenantStatus.Fallback::table)
                            .toList());
            assertEquals(Phase.MIRRORING, cutover.status().phase());
            Operation refused = cutover.attempt("flip", VerbRequest.PLAIN);
            assertEquals(Operation.State.REFUSED, refused.state());
            assertTrue(refused.message().contains("the idle side refuses 4 rows"), refused::message);

            cutover.app().execute("ALTER TABLE v2.t DROP CONSTRAINT one_in_a_thousand");
            cutover.run("resync");

            assertEquals(0, cutover.ledger(null).refused());
            assertEquals(List.of(), cutover.status().fallback());
            cutover.run("verify", "flip");
            assertEquals(
                    cutover.app().query("SELECT id, n FROM v1.t ORDER BY id"),
                    cutover.app().query("SELECT id, n FROM v2.t ORDER BY id"));
        }
    }

    /** Three clients that commit each row, in both protocols, and three that commit each five. */
    private static final class Writers {
        private final Lifecycle cutover;
        private final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();

        Writers(Lifecycle cutover) {
            this.cutover = cutover;
        }

        void run() throws Exception {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int first = i * ROWS_EACH + 1;
                boolean blocks = i % 2 == 0;
                String mode = i < 3 ? "simple" : "extended";
                Thread thread = new Thread(() -> {
                    try (Connection client = connect(cutover, mode)) {
                        write(client, first, blocks);
                    } catch (SQLException e) {
                        errors.add(e.getSQLState() + " " + e.getMessage());
                    }
                });
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }

        private void write(Connection client, int first, boolean blocks) throws SQLException {
            client.setAutoCommit(!blocks);
            for (int id = first; id < first + ROWS_EACH; id += 5) {
                while (!five(client, id, blocks)) {
                    client.rollback();
                }
            }
        }

        private boolean five(Connection client, int first, boolean blocks) throws SQLException {
            try (PreparedStatement insert = client.prepareStatement("INSERT INTO t (id, n) VALUES (?, ?)")) {
                for (int id = first; id < first + 5; id++) {
                    insert.setInt(1, id);
                    insert.setInt(2, id);
                    assertEquals(1, insert.executeUpdate());
                }
                if (blocks) {
                    client.commit();
                }
                return true;
            } catch (SQLException e) {
                errors.add(e.getSQLState() + " " + e.getMessage());
                if (!blocks || !"40001".equals(e.getSQLState())) {
                    throw e;
                }
                return false;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "extendedForPrepared"})
    void outsideOfABlockTheClientSeesOnlyTheSuccess(String mode, TestServer server) throws Exception {
        String serial =
                "CREATE TABLE v1.t (id serial PRIMARY KEY, n int); CREATE TABLE v2.t (id int PRIMARY KEY, n int);";
        try (Lifecycle cutover = Lifecycle.start(server, serial, Mapping.IDENTITY);
                Connection client = connect(cutover, mode)) {
            cutover.run("prepare", "mirror");
            cutover.app().execute("INSERT INTO v1.t (n) SELECT 1 FROM generate_series(1, 3)");
            cutover.app().execute(REFUSE_ONE_IN_A_THOUSAND);

            List<String> seen = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                // What refuses is there for the first statement of each kind.
                cutover.run("resync");
                try (PreparedStatement write = client.prepareStatement(
                        i == 0
                                ? "INSERT INTO t (n) VALUES (?) RETURNING n, 'text' AS what"
                                : i == 1
                                        ? "UPDATE t SET n = ? WHERE id = 1"
                                        : "UPDATE t SET n = ? WHERE id IN (2, 3)")) {
                    write.setInt(1, 5000);
                    if (write.execute()) {
                        ResultSet rows = write.getResultSet();
                        rows.next();
                        seen.add(rows.getInt(1) + rows.getString("what"));
                    } else {
                        seen.add("" + write.getUpdateCount());
                    }
                }
                assertEquals(
                        1, cutover.status().fallback().size(), "the statement was the first that met the constraint");
                cutover.app().execute("ALTER TABLE v2.t DROP CONSTRAINT one_in_a_thousand");
                cutover.run("resync");
                cutover.app().execute("UPDATE v1.t SET n = 1");
                cutover.awaitNoMarks();
                cutover.app().execute(REFUSE_ONE_IN_A_THOUSAND);
            }

            assertEquals(List.of("5000text", "1", "2"), seen);
            assertEquals(3, cutover.planned("retried"));
        }
    }

    @Test
    void insideABlockTheClientIsAskedToRetryOnce(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror");
            cutover.app().execute(REFUSE_ONE_IN_A_THOUSAND);
            client.setAutoCommit(false);
            statement.executeUpdate("INSERT INTO t VALUES (1, 1)");

            ServerErrorMessage error = error(() -> statement.executeUpdate("INSERT INTO t VALUES (2, 2000)"));

            assertEquals("40001", error.getSQLState());
            assertTrue(error.getHint().startsWith("Retry the transaction"), error::toString);
            assertTrue(error.getDetail().contains("one_in_a_thousand"), error::toString);
            client.rollback();
            assertEquals(1, statement.executeUpdate("INSERT INTO t VALUES (1, 1)"));
            assertEquals(1, statement.executeUpdate("INSERT INTO t VALUES (2, 2000)"));
            client.commit();
            awaitOnlyRefused(cutover, 1);
        }
    }

    @Test
    void anErrorOfTheServingSideStaysWhatItIs(TestServer server) throws Exception {
        String refusing = "ALTER TABLE v1.t ADD CONSTRAINT not_two CHECK (n <> 2);"
                + " CREATE FUNCTION v1.refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
                + " IF NEW.n = 3 THEN RAISE 'not three' USING ERRCODE = 'CU003', DETAIL = 'd', HINT = 'h'; END IF;"
                + " RETURN NEW; END$$;"
                + " CREATE TRIGGER refuse BEFORE INSERT ON v1.t FOR EACH ROW EXECUTE FUNCTION v1.refuse();";
        List<String> writes = List.of(
                "INSERT INTO t VALUES (1, 2)",
                "INSERT INTO t VALUES (1, 3)",
                "INSERT INTO t VALUES (1, 10 / (SELECT 0))",
                "INSERT INTO t VALUES (1, 2147483647 + (SELECT 1))",
                "INSERT INTO t VALUES (1, 'x')",
                "INSERT INTO t VALUES (-1, 1)",
                "INSERT INTO t VALUES (1, nothing)",
                "INSERT INTO t VALUES (1, 1) RETURNING 'ä\uD83D\uDE00' || id, nothing + 1 AS what",
                "UPDATE t AS u SET n = 1 RETURNING u.id, u.nothing");
        try (Lifecycle cutover = Lifecycle.start(server, TABLES + refusing, Mapping.IDENTITY);
                Connection direct = cutover.app().connect();
                Connection client = cutover.connect("acme")) {
            cutover.run("prepare", "mirror");
            try (Statement statement = direct.createStatement()) {
                statement.execute("SET search_path = v1");
            }
            for (String write : writes) {
                ServerErrorMessage expected =
                        error(() -> direct.createStatement().executeUpdate(write));

                ServerErrorMessage alone = error(() -> client.createStatement().executeUpdate(write));
                client.setAutoCommit(false);
                ServerErrorMessage inABlock =
                        error(() -> client.createStatement().executeUpdate(write));
                client.rollback();
                client.setAutoCommit(true);

                assertEquals(fields(expected), fields(alone), write);
                assertEquals(fields(expected), fields(inABlock), write);
            }
            assertEquals(0, cutover.ledger(null).refused());
        }
    }

    private static List<Object> fields(ServerErrorMessage error) {
        List<Object> fields = new ArrayList<>();
        fields.add(error.getSQLState());
        fields.add(error.getMessage());
        fields.add(error.getDetail());
        fields.add(error.getHint());
        fields.add(error.getPosition());
        fields.add(error.getWhere());
        fields.add(error.getSchema());
        fields.add(error.getTable());
        fields.add(error.getColumn());
        fields.add(error.getConstraint());
        return fields;
    }

    @Test
    void itIsThereAgainAfterARestartWhileTheLedgerHasARow(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY)) {
            cutover.run("prepare", "mirror");
            cutover.app().execute(REFUSE_ONE_IN_A_THOUSAND);
            cutover.app().execute("UPDATE v1.t SET n = 1000 WHERE id = -1");
            awaitOnlyRefused(cutover, 1);

            cutover.restart();

            Eventually.until("the table falls back", Duration.ofSeconds(60), () -> {
                return !cutover.status().fallback().isEmpty();
            });
        }
    }

    @Test
    void itEndsByItselfWhenTheCauseIsGone(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror", "backfill");
            cutover.app().execute(REFUSE_ONE_IN_A_THOUSAND);
            statement.executeUpdate("INSERT INTO t VALUES (1, 1000)");
            awaitOnlyRefused(cutover, 1);

            cutover.app().execute("ALTER TABLE v2.t DROP CONSTRAINT one_in_a_thousand");

            Eventually.until("the fallback ends", Duration.ofSeconds(90), () -> {
                return cutover.status().fallback().isEmpty();
            });
            assertEquals(0, cutover.ledger(null).refused());
            cutover.run("verify");
        }
    }

    /** Until all that was marked is carried over but for so many rows. */
    private static void awaitOnlyRefused(Lifecycle cutover, long refused) throws Exception {
        Eventually.until("resync tries what is marked", Duration.ofSeconds(60), () -> {
            TenantStatus.Marks marks = cutover.status().marks();
            return marks.pending() == refused && marks.failed() == refused;
        });
    }

    private interface Write {
        void run() throws SQLException;
    }

    private static ServerErrorMessage error(Write write) {
        PSQLException exception = assertThrows(PSQLException.class, write::run);
        ServerErrorMessage error = exception.getServerErrorMessage();
        assertNotNull(error, exception::toString);
        return error;
    }

    private static Connection connect(Lifecycle cutover, String mode) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + cutover.port() + "/acme?preferQueryMode=" + mode,
                cutover.app().server().user(),
                cutover.app().server().password());
    }
}
