// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.ChangedResults;
import dev.cutover.config.PinnedPolicy;
import dev.cutover.config.PoolMode;
import dev.cutover.config.Replication;
import dev.cutover.config.SessionPolicy;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** What an application does with the JDBC driver, through a proxy with fewer backends than sessions. */
@ExtendWith(PostgresExtension.class)
final class PgjdbcIT {
    private static final SessionPolicy RESTART = new SessionPolicy(
            0, PoolMode.TRANSACTION, null, Replication.REFUSE, PinnedPolicy.WAIT, List.of(), ChangedResults.RESTART);

    private TestDatabase database;
    private ProxyFixture proxy;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 1);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void unqualifiedNamesMeanTheServingSchema() throws SQLException {
        try (Connection client = connect()) {
            assertEquals(List.of("blue"), query(client, "SELECT side FROM where_am_i"));
        }
    }

    @Test
    void aChangedResultIsHealedWithinATransactionOnlyByAutosave() throws Exception {
        database.execute("ALTER TABLE green.where_am_i ADD more int");
        for (String autosave : List.of("never", "conservative")) {
            try (Connection client =
                            proxy.connect(database.server().user(), "prepareThreshold=-1&autosave=" + autosave);
                    PreparedStatement statement = client.prepareStatement("SELECT * FROM where_am_i")) {
                statement.executeQuery().close();
                statement.executeQuery().close();
                proxy.flip(Side.GREEN);
                client.setAutoCommit(false);
                execute(client, "SELECT 1");

                if (autosave.equals("never")) {
                    SQLException error = assertThrows(SQLException.class, statement::executeQuery);
                    assertEquals("0A000", error.getSQLState());
                } else {
                    assertEquals(2, columns(statement));
                }
            }
            proxy.flip(Side.BLUE);
        }
    }

    @Test
    void aTransactionThatBeginsWithAChangedResultIsBegunAgain() throws Exception {
        database.execute("ALTER TABLE green.where_am_i ADD more int");
        proxy.routing().policy(RESTART);
        try (Connection client = proxy.connect(database.server().user(), "prepareThreshold=-1&autosave=never");
                PreparedStatement statement = client.prepareStatement("SELECT * FROM where_am_i");
                PreparedStatement insert = client.prepareStatement("INSERT INTO item VALUES (?, 'x')")) {
            statement.executeQuery().close();
            statement.executeQuery().close();
            proxy.flip(Side.GREEN);
            client.setAutoCommit(false);
            assertEquals(2, columns(statement));
            insert.setInt(1, 1);
            insert.executeUpdate();
            client.rollback();
            assertEquals(List.of("0"), database.query("SELECT count(*) FROM green.item"), "it was one transaction");

            proxy.flip(Side.BLUE);
            insert.setInt(1, 2);
            insert.executeUpdate();
            SQLException error = assertThrows(SQLException.class, statement::executeQuery);
            assertEquals("0A000", error.getSQLState(), error::toString);
            assertEquals(
                    "25P02",
                    assertThrows(SQLException.class, insert::executeUpdate).getSQLState());
        }
    }

    /** The driver names a format for each column that it expects. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aResultWithFewerColumnsIsHealed(boolean autocommit) throws Exception {
        database.execute("ALTER TABLE blue.item ADD gone int");
        proxy.routing().policy(RESTART);
        try (Connection client = proxy.connect(
                        database.server().user(), "prepareThreshold=-1&binaryTransfer=true&autosave=never");
                PreparedStatement statement = client.prepareStatement("SELECT * FROM item")) {
            statement.executeQuery().close();
            statement.executeQuery().close();
            proxy.flip(Side.GREEN);
            client.setAutoCommit(autocommit);
            assertEquals(2, columns(statement));
        }
    }

    /** What asyncpg does: the client knows that it is in a block when it runs the statement. */
    @Test
    void aTransactionThatTheClientKnowsOfIsAborted() throws Exception {
        database.execute("ALTER TABLE green.where_am_i ADD more int");
        proxy.routing().policy(RESTART);
        try (RawClient client = RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT)) {
            client.parse("s", "SELECT * FROM where_am_i").describeStatement("s");
            assertEquals(
                    "1tT2DC[SELECT 1]ZI",
                    client.bind("", "s").execute("").sync().summary());
            proxy.flip(Side.GREEN);
            // A client may have pipelined something behind BEGIN, and have read both answers.
            client.query("BEGIN").parse("t", "SELECT 1").sync();
            assertTrue(client.summary().endsWith("ZT"));
            assertEquals("1ZT", client.summary());
            assertEquals("2E[0A000]ZE", client.bind("", "s").execute("").sync().summary());
        }
    }

    private static int columns(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.getMetaData().getColumnCount();
        }
    }

    @Test
    void aBatchReportsTheCountOfEachOfItsStatements() throws SQLException {
        try (Connection client = connect();
                PreparedStatement insert = client.prepareStatement("INSERT INTO item VALUES (?, ?)")) {
            for (int i = 0; i < 500; i++) {
                insert.setInt(1, i);
                insert.setString(2, "name " + i);
                insert.addBatch();
            }
            int[] counts = insert.executeBatch();
            assertEquals(500, counts.length);
            assertEquals(List.of("500"), database.query("SELECT count(*) FROM blue.item"));
        }
    }

    @Test
    void aBatchThatFailsInTheMiddleLeavesTheSessionUsable() throws SQLException {
        try (Connection client = connect();
                PreparedStatement insert = client.prepareStatement("INSERT INTO item VALUES (?, 'x')")) {
            for (int id : new int[] {1, 2, 1, 3}) {
                insert.setInt(1, id);
                insert.addBatch();
            }
            SQLException failure = assertThrows(SQLException.class, insert::executeBatch);
            assertEquals("23505", failure.getSQLState());
            assertEquals(List.of("1"), query(client, "SELECT 1"));
        }
    }

    @Test
    void aCursorWithAFetchSizeReadsAllRows() throws SQLException {
        try (Connection client = connect()) {
            client.setAutoCommit(false);
            try (PreparedStatement select = client.prepareStatement("SELECT generate_series(1, 1000)")) {
                select.setFetchSize(7);
                int rows = 0;
                try (ResultSet result = select.executeQuery()) {
                    while (result.next()) {
                        rows++;
                    }
                }
                assertEquals(1000, rows);
            }
        }
    }

    @Test
    void serverPreparedStatementsFollowTheirSessionsOverASharedBackend() throws SQLException {
        List<String> seen = new ArrayList<>();
        try (Connection one = connect("prepareThreshold=1");
                Connection two = connect("prepareThreshold=1");
                // The driver of each session calls its first statement S_1.
                PreparedStatement first = one.prepareStatement("SELECT 'one ' || ?::int");
                PreparedStatement second = two.prepareStatement("SELECT 'two ' || ?::int")) {
            for (int i = 0; i < 5; i++) {
                first.setInt(1, i);
                second.setInt(1, i);
                seen.add(only(first.executeQuery()));
                seen.add(only(second.executeQuery()));
            }
        }
        assertEquals(
                List.of("one 0", "two 0", "one 1", "two 1", "one 2", "two 2", "one 3", "two 3", "one 4", "two 4"),
                seen);
    }

    @Test
    void manyMorePreparedStatementsThanABackendKeepsStillWork() throws SQLException {
        try (Connection client = connect("prepareThreshold=1&preparedStatementCacheQueries=2000")) {
            int sum = 0;
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 400; i++) {
                    try (PreparedStatement select = client.prepareStatement("SELECT 1 /* " + i + " */")) {
                        sum += Integer.parseInt(only(select.executeQuery()));
                    }
                }
            }
            assertEquals(800, sum);
        }
    }

    @Test
    void settingsStayWithTheSessionThatMadeThem() throws SQLException {
        try (Connection one = connect();
                Connection two = connect()) {
            execute(one, "SET statement_timeout TO '7s'");
            execute(two, "SET statement_timeout TO '9s'");
            assertEquals(List.of("7s"), query(one, "SHOW statement_timeout"));
            assertEquals(List.of("9s"), query(two, "SHOW statement_timeout"));
        }
    }

    @Test
    void aSettingOfARolledBackTransactionIsGone() throws SQLException {
        try (Connection one = connect();
                Connection two = connect()) {
            execute(one, "BEGIN");
            execute(one, "SET statement_timeout TO '7s'");
            execute(one, "ROLLBACK");
            query(two, "SELECT 1");
            assertEquals(List.of("0"), query(one, "SHOW statement_timeout"));
        }
    }

    @Test
    void resetGoesBackToTheStartupMessage() throws SQLException {
        try (Connection one = connect("options=-c%20statement_timeout=5s")) {
            execute(one, "SET statement_timeout TO '7s'");
            execute(one, "RESET statement_timeout");
            assertEquals(List.of("5s"), query(one, "SHOW statement_timeout"));
        }
    }

    @Test
    void anInvalidStartupSettingIsRefusedAtLogin() {
        SQLException refusal =
                assertThrows(SQLException.class, () -> connect("options=-c%20statement_timeout=nonsense"));
        assertEquals("22023", refusal.getSQLState());
    }

    @Test
    void copyInAndOutPassThrough() throws Exception {
        try (Connection client = connect()) {
            CopyManager copy = client.unwrap(PGConnection.class).getCopyAPI();
            StringBuilder rows = new StringBuilder();
            for (int i = 0; i < 20_000; i++) {
                rows.append(i).append("\tname\n");
            }
            assertEquals(20_000, copy.copyIn("COPY item FROM STDIN", new StringReader(rows.toString())));
            StringWriter out = new StringWriter();
            copy.copyOut("COPY (SELECT * FROM item ORDER BY id) TO STDOUT", out);
            assertEquals(rows.toString(), out.toString());
        }
    }

    @Test
    void anErrorWithinCopyInLeavesTheSessionUsable() throws SQLException {
        try (Connection client = connect()) {
            CopyManager copy = client.unwrap(PGConnection.class).getCopyAPI();
            SQLException failure = assertThrows(
                    SQLException.class, () -> copy.copyIn("COPY item FROM STDIN", new StringReader("no number\tx\n")));
            assertEquals("22P02", failure.getSQLState());
            assertEquals(List.of("1"), query(client, "SELECT 1"));
        }
    }

    @Test
    void aHugeValuePassesInBothDirections() throws SQLException {
        String huge = "x".repeat(5_000_000);
        try (Connection client = connect();
                PreparedStatement echo = client.prepareStatement("SELECT ?::text")) {
            echo.setString(1, huge);
            assertTrue(huge.equals(only(echo.executeQuery())));
        }
    }

    @Test
    void aHugeQueryTextPassesUnreadAndPinsOnlyIfItCanLeaveState() throws SQLException {
        String huge = "x".repeat(2_000_000);
        try (Connection client = connect("preferQueryMode=simple")) {
            assertEquals(List.of("2000000"), query(client, "SELECT length('" + huge + "')"));
            assertEquals(
                    List.of(),
                    proxy.routing().sessions().iterator().next().view().pinned());
            execute(client, "SET application_name = 'named'; SELECT length('" + huge + "')");
            assertEquals(
                    List.of("UNKNOWN"),
                    proxy.routing().sessions().iterator().next().view().pinned());
        }
    }

    @Test
    void aTemporaryTablePinsItsSession() throws SQLException {
        try (Connection client = connect()) {
            execute(client, "CREATE TEMPORARY TABLE mine AS SELECT 42 AS answer");
            assertEquals(List.of("42"), query(client, "SELECT answer FROM mine"));
            assertEquals(
                    List.of("TEMPORARY_OBJECT"),
                    proxy.routing().sessions().iterator().next().view().pinned());
        }
        try (Connection other = connect()) {
            assertThrows(SQLException.class, () -> query(other, "SELECT answer FROM mine"));
        }
    }

    @Test
    void discardAllUnpins() throws SQLException {
        try (Connection client = connect();
                Connection other = connect()) {
            execute(client, "LISTEN news");
            execute(client, "DISCARD ALL");
            assertEquals(List.of("1"), query(other, "SELECT 1"));
            assertEquals(List.of("2"), query(client, "SELECT 2"));
        }
    }

    @Test
    void aListenerIsNotified() throws SQLException {
        try (Connection client = connect()) {
            execute(client, "LISTEN news");
            database.execute("NOTIFY news, 'hello'");
            assertEquals(
                    "hello",
                    client.unwrap(PGConnection.class)
                            .getNotifications(10_000)[0]
                            .getParameter());
        }
    }

    @Test
    void aFailedTransactionCanBeRolledBackToItsSavepoint() throws SQLException {
        try (Connection client = connect()) {
            client.setAutoCommit(false);
            execute(client, "INSERT INTO item VALUES (1, 'kept')");
            var savepoint = client.setSavepoint("here");
            assertThrows(SQLException.class, () -> execute(client, "INSERT INTO item VALUES (1, 'twice')"));
            client.rollback(savepoint);
            client.commit();
            assertEquals(List.of("kept"), database.query("SELECT name FROM blue.item"));
        }
    }

    @Test
    void aRunningQueryCanBeCancelled() throws Exception {
        try (Connection client = connect();
                Statement statement = client.createStatement()) {
            Thread canceller = new Thread(() -> {
                try {
                    while (database.query("SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")
                            .isEmpty()) {
                        Thread.onSpinWait();
                    }
                    statement.cancel();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            canceller.start();
            SQLException cancelled = assertThrows(SQLException.class, () -> statement.execute("SELECT pg_sleep(60)"));
            canceller.join();
            assertEquals("57014", cancelled.getSQLState());
            assertEquals(List.of("1"), query(client, "SELECT 1"));
        }
    }

    @Test
    void anUnknownTenantIsRefusedAsAnUnknownDatabase() {
        String url = proxy.jdbcUrl().replace("/" + ProxyFixture.TENANT, "/nobody");
        SQLException refusal = assertThrows(
                SQLException.class,
                () -> java.sql.DriverManager.getConnection(url + "?sslmode=disable&user=postgres&password=x"));
        assertEquals("3D000", refusal.getSQLState());
    }

    @Test
    void multipleStatementsInOneSimpleQueryAnswerEach() throws SQLException {
        try (Connection client = connect("preferQueryMode=simple");
                Statement statement = client.createStatement()) {
            statement.execute("INSERT INTO item VALUES (1, 'a'); UPDATE item SET name = 'b'; SELECT name FROM item");
            int[] counts = {statement.getUpdateCount(), 0};
            statement.getMoreResults();
            counts[1] = statement.getUpdateCount();
            assertArrayEquals(new int[] {1, 1}, counts);
        }
    }

    private Connection connect() throws SQLException {
        return connect("");
    }

    private Connection connect(String options) throws SQLException {
        return proxy.connect(database.server().user(), options);
    }

    private static void execute(Connection client, String sql) throws SQLException {
        try (Statement statement = client.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> query(Connection client, String sql) throws SQLException {
        try (Statement statement = client.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }

    private static String only(ResultSet rows) throws SQLException {
        try (rows) {
            rows.next();
            return rows.getString(1);
        }
    }
}
