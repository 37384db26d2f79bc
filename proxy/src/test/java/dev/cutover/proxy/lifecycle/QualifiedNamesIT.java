// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Mapping;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestServer;
import dev.cutover.proxy.testing.RawClient;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** An application that names its schema in every statement moves with its tenant, as if it named none. */
@ExtendWith(PostgresExtension.class)
class QualifiedNamesIT {
    private static final String TABLES = """
            CREATE SEQUENCE v1.ids;
            CREATE TABLE v1.users (id int PRIMARY KEY DEFAULT nextval('v1.ids'), name text, logins int DEFAULT 0);
            CREATE SEQUENCE v2.ids;
            CREATE TABLE v2.users (id int PRIMARY KEY DEFAULT nextval('v2.ids'), name text, logins int DEFAULT 0);
            INSERT INTO v1.users (name) SELECT 'before ' || i FROM generate_series(1, 50) AS i;
            """;
    private static final int CLIENTS = 3;
    private static final long THINK_NANOS = 2_000_000;

    /** Writes rows of its own, and knows what the server has acknowledged. */
    private static SortedMap<Integer, String> client(Lifecycle cutover, int number, AtomicBoolean stop)
            throws SQLException {
        SortedMap<Integer, String> acknowledged = new TreeMap<>();
        try (Connection connection = cutover.connect("acme");
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO v1.users (id, name) VALUES (?, ?)");
                PreparedStatement update = connection.prepareStatement(
                        "UPDATE v1.users SET logins = v1.users.logins + 1 WHERE v1.users.id = ?");
                PreparedStatement delete = connection.prepareStatement("DELETE FROM v1.users WHERE id = ?");
                PreparedStatement select =
                        connection.prepareStatement("SELECT u.name FROM v1.users u WHERE u.id = ? AND u.logins = 1");
                Statement simple = connection.createStatement()) {
            for (int i = 0; !stop.get(); i++) {
                LockSupport.parkNanos(THINK_NANOS);
                int id = 1000 + i * CLIENTS + number;
                if (i % 2 == 0) {
                    insert.setInt(1, id);
                    insert.setString(2, "user " + id);
                    insert.executeUpdate();
                } else {
                    simple.execute("BEGIN; INSERT INTO v1.users (id, name) VALUES (" + id + ", 'user " + id + "')");
                    simple.execute("COMMIT");
                }
                update.setInt(1, id);
                assertEquals(1, update.executeUpdate());
                select.setInt(1, id);
                try (ResultSet row = select.executeQuery()) {
                    assertTrue(row.next(), "a client reads its own write");
                    assertEquals("user " + id, row.getString(1));
                }
                if (i % 5 == 0) {
                    delete.setInt(1, id);
                    assertEquals(1, delete.executeUpdate());
                } else {
                    acknowledged.put(id, "user " + id);
                }
            }
        }
        return acknowledged;
    }

    @Tag("slow")
    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "DEFERRED_IN_ONE_DATABASE", "TWO_DATABASES"})
    void everyAcknowledgedWriteIsThereAfterMovesInBothDirections(Layout layout, TestServer server) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        AtomicBoolean stop = new AtomicBoolean();
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout)) {
            List<Future<SortedMap<Integer, String>>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                clients.add(threads.submit(() -> client(cutover, number, stop)));
            }
            cutover.run("prepare", "mirror", "backfill", "verify");
            cutover.run("flip", "verify", "rollback", "verify", "flip", "verify", "complete");
            stop.set(true);
            List<String> expected = new ArrayList<>();
            for (Future<SortedMap<Integer, String>> client : clients) {
                client.get().forEach((id, name) -> expected.add(id + "|" + name + "|1"));
            }
            expected.sort(null);

            assertTrue(expected.size() > 100, "clients have written: " + expected.size());
            assertEquals(
                    expected,
                    cutover.database("v2")
                            .query("SELECT id || '|' || name || '|' || logins FROM v2.users WHERE id >= 1000"
                                    + " ORDER BY (id || '|' || name) COLLATE \"C\""));
        } finally {
            stop.set(true);
            threads.shutdownNow();
        }
    }

    /** As pg_dump does; it must not be given one schema's rows for another's. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET search_path TO ''",
                "SELECT pg_catalog.set_config('search_path', '', false)",
                "SELECT set_config('search_path', 'v' || '1', false)"
            })
    void aSessionThatSetsItsPathSoMeansEachSchemaThatItNames(String path, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            cutover.run("prepare", "mirror");
            statement.execute(path);
            // Nothing is copied yet.
            try (ResultSet count = statement.executeQuery("SELECT count(*) FROM v2.users")) {
                assertTrue(count.next());
                assertEquals(0, count.getInt(1));
            }
            try (PreparedStatement prepared = client.prepareStatement("INSERT INTO v2.users VALUES (?, 'x')")) {
                prepared.setInt(1, 300);
                assertEquals(
                        "25006",
                        assertThrows(SQLException.class, prepared::executeUpdate)
                                .getSQLState());
            }
            statement.execute("INSERT INTO v1.users VALUES (301, 'on the serving side')");
            cutover.run("backfill", "verify");
        }
    }

    /** Bytes that are not UTF-8 would be others if the text were written again. The server refuses them. */
    @Test
    void aTextThatIsNotReadableIsNotWrittenAgain(TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, Layout.INLINE)) {
            cutover.run("prepare", "mirror");
            byte[] before = "INSERT INTO v2.users VALUES (400, '".getBytes(StandardCharsets.US_ASCII);
            byte[] after = "')\0".getBytes(StandardCharsets.US_ASCII);
            try (RawClient client = RawClient.login(cutover.port(), server.user(), "acme")) {
                client.send('Q', before, new byte[] {(byte) 0xFF}, after);
                List<String> errors = client.untilReady().stream()
                        .filter(message -> message.type() == 'E')
                        .map(message -> RawClient.field(message, 'C'))
                        .toList();
                assertEquals(List.of("22021"), errors);
            }
            assertEquals(List.of("0"), cutover.app().query("SELECT count(*) FROM v1.users WHERE id = 400"));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"INLINE", "TWO_DATABASES"})
    void everyWayToNameATableFollowsTheFlip(Layout layout, TestServer server) throws Exception {
        try (Lifecycle cutover = Lifecycle.start(server, TABLES, Mapping.IDENTITY, layout);
                Connection client = cutover.connect("acme");
                Statement statement = client.createStatement()) {
            statement.execute("PREPARE add (int, text) AS INSERT INTO v1.users (id, name) VALUES ($1, $2)");
            statement.execute("EXECUTE add (200, 'prepared before')");
            cutover.run("prepare", "mirror", "backfill", "verify", "flip");

            statement.execute("EXECUTE add (201, 'prepared before, executed after')");
            statement.execute("INSERT INTO v1.users VALUES (202, 'simple')");
            client.unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("COPY v1.users (id, name) FROM STDIN", new StringReader("203\tcopied\n"));
            statement.execute("WITH gone AS (DELETE FROM \"v1\".users WHERE id = 200 RETURNING v1.users.name)"
                    + " UPDATE v1 . users SET name = 'from ' || gone.name FROM gone WHERE id = 201");
            try (ResultSet id = statement.executeQuery("SELECT nextval('v1.ids'), 'v1.users'::regclass::oid")) {
                assertTrue(id.next());
                assertEquals(cutover.database("v2").query("SELECT last_value FROM v2.ids"), List.of(id.getString(1)));
                assertEquals(
                        cutover.database("v2").query("SELECT 'v2.users'::regclass::oid"), List.of(id.getString(2)));
            }
            PSQLException unknown = assertThrows(
                    PSQLException.class, () -> statement.execute("SELECT u.id FROM v1.users u WHERE oops = 1"));
            ServerErrorMessage error = unknown.getServerErrorMessage();
            assertEquals("42703", unknown.getSQLState());
            assertEquals(
                    "SELECT u.id FROM v1.users u WHERE oops = 1".indexOf("oops") + 1,
                    error == null ? 0 : error.getPosition());
            SQLException refused =
                    assertThrows(SQLException.class, () -> statement.execute("DO 'BEGIN DELETE FROM v1.users; END'"));
            assertEquals("0A000", refused.getSQLState());

            try (Connection other = cutover.connect("acme");
                    Statement of = other.createStatement()) {
                // An application's own setting says nothing about its names.
                of.execute("SELECT set_config('app.user', 'a' || 'da', false)");
                of.execute("INSERT INTO v1.users VALUES (205, 'with a setting')");
            }
            cutover.run("verify");
            assertEquals(
                    List.of("201|from prepared before", "202|simple", "203|copied", "205|with a setting"),
                    cutover.database("v2")
                            .query("SELECT id || '|' || name FROM v2.users WHERE id BETWEEN 200 AND 299 ORDER BY 1"));
            cutover.run("rollback");
            statement.execute("INSERT INTO v2.users VALUES (204, 'by the other name')");
            assertEquals(
                    List.of("by the other name"),
                    cutover.database("v1").query("SELECT name FROM v1.users WHERE id = 204"));
            String findings =
                    cutover.attempt("check", VerbRequest.PLAIN).findings().toString();
            assertTrue(findings.contains("clients name a side's schema: insert into v1.users"), findings);
        }
    }
}
