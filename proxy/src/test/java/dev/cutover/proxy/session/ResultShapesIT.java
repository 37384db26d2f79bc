// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.listen.ProxyServer;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.testing.RawClient.Message;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Prepared statements whose result is another one after a flip, or after DDL. Two sessions share the only backend. */
@ExtendWith(PostgresExtension.class)
final class ResultShapesIT {
    private static final String ALL = "SELECT * FROM where_am_i";

    private TestDatabase database;
    private ProxyFixture proxy;
    private RawClient client;
    private RawClient other;
    private final List<RawClient> between = new ArrayList<>();

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException, IOException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 1, Planners.unmirrored());
        fresh.execute("ALTER TABLE green.where_am_i ADD COLUMN more int");
        client = login();
        // Clients take the event loops in turn, and a backend stays on its own.
        for (int i = 1; i < ProxyServer.eventLoops(); i++) {
            between.add(login());
        }
        other = login();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        other.close();
        for (RawClient each : between) {
            each.close();
        }
        proxy.close();
    }

    private RawClient login() throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }

    private static Message first(RawClient client, char type) throws IOException {
        return client.untilReady().stream()
                .filter(message -> message.type() == type)
                .findFirst()
                .orElseThrow();
    }

    private void describe(String name, String sql) throws IOException {
        client.parse(name, sql).describeStatement(name).sync().summary();
    }

    private String run(String name) throws IOException {
        return client.bind("", name).execute("").sync().summary().replace("SSS", "");
    }

    @Test
    void aShapeThatAFlipHasChangedIsRefusedBeforeItRuns() throws Exception {
        describe("s", "INSERT INTO where_am_i (side) VALUES ('written') RETURNING *");
        proxy.flip(Side.GREEN);
        Message error = first(client.bind("", "s").execute("").sync(), 'E');
        assertEquals("0A000", RawClient.field(error, 'C'));
        assertEquals("the result of prepared statement \"s\" has changed", RawClient.field(error, 'M'));
        assertEquals(
                "Tenant \"acme\": its side green serves since epoch 2. Since the statement was described, it had 1 column"
                        + " and has 2 now, the first new one is \"more\" of type OID 23.",
                RawClient.field(error, 'D'));
        assertEquals("Close it and prepare it again.", RawClient.field(error, 'H'));
        assertEquals(
                "1",
                first(client.query("SELECT count(*) FROM where_am_i"), 'D')
                        .text()
                        .substring(6));
    }

    @Test
    void itIsRefusedUntilItIsPreparedAgain() throws Exception {
        describe("s", ALL);
        proxy.flip(Side.GREEN);
        run("s");
        assertEquals("2E[0A000]ZI", run("s"));
        client.closeStatement("s").parse("s", ALL).bind("", "s").execute("").sync();
        assertEquals("312DC[SELECT 1]ZI", client.summary());
    }

    @Test
    void whatADescribeHasToldAnewIsNotRefused() throws Exception {
        describe("s", ALL);
        proxy.flip(Side.GREEN);
        client.describeStatement("s").sync().summary();
        assertEquals("2DC[SELECT 1]ZI", run("s"));
    }

    @Test
    void aClientThatDescribesEachPortalIsNeverRefused() throws Exception {
        describe("s", ALL);
        proxy.flip(Side.GREEN);
        client.bind("", "s").describePortal("").execute("").sync();
        assertTrue(client.summary().endsWith("2TDC[SELECT 1]ZI"));
    }

    @Test
    void theSameShapeIsNotRefused() throws Exception {
        describe("s", "SELECT side FROM where_am_i");
        describe("t", "SELECT side, 1 FROM where_am_i");
        proxy.flip(Side.GREEN);
        client.bind("", "s").execute("").bind("", "t").execute("").sync();
        assertTrue(client.summary().endsWith("2DC[SELECT 1]2DC[SELECT 1]ZI"));
        assertEquals("2DC[SELECT 1]ZI", run("s"));
    }

    @Test
    void theUnnamedStatementIsLookedAtToo() throws Exception {
        describe("", ALL);
        proxy.flip(Side.GREEN);
        assertTrue(run("").endsWith("2E[0A000]ZI"));
    }

    @Test
    void anErrorBeforeTheAnswerEndsTheWait() throws Exception {
        describe("s", "SELECT side, $1::int FROM where_am_i");
        proxy.flip(Side.GREEN);
        // Bind without the parameter.
        assertTrue(run("s").endsWith("E[08P01]ZI"));
        assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
    }

    @Test
    void typesOfTheSidesOwnSchemasAreTheSame() throws Exception {
        database.execute("CREATE TYPE blue.mood AS ENUM ('ok'); CREATE TYPE green.mood AS ENUM ('ok');"
                + "CREATE TABLE blue.moods (m blue.mood); CREATE TABLE green.moods (m green.mood)");
        describe("s", "SELECT m FROM moods");
        proxy.flip(Side.GREEN);
        assertTrue(run("s").endsWith("2C[SELECT 0]ZI"));
    }

    /** The backend that ran the DDL is reset before the client gets it again, so the proxy tells it, as the server would. */
    @Test
    void afterDdlItIsRefusedLikeByTheServer() throws Exception {
        describe("s", ALL);
        other.query("ALTER TABLE where_am_i ADD COLUMN more int").summary();
        Message error = first(client.bind("", "s").execute("").sync(), 'E');
        assertEquals("the result of prepared statement \"s\" has changed", RawClient.field(error, 'M'));
        assertEquals("0A000", RawClient.field(error, 'C'));
        assertEquals("RevalidateCachedQuery", RawClient.field(error, 'R'));
    }

    @Test
    void whoPreparesAfterDdlDoesNotMeetTheOldStatement() throws Exception {
        describe("s", ALL);
        other.query("BEGIN; ALTER TABLE where_am_i ADD COLUMN more int; COMMIT").summary();
        other.parse("o", ALL).bind("", "o").execute("").sync();
        assertEquals("12DC[SELECT 1]ZI", other.summary());
    }

    @Test
    void whoIsToldTheOldShapeGetsNoNewRowsByAnotherSessionsStatement() throws Exception {
        describe("s", ALL);
        other.query("ALTER TABLE where_am_i ADD COLUMN more int").summary();
        other.parse("o", ALL).sync().summary();
        Message error = first(client.bind("", "s").execute("").sync(), 'E');
        assertTrue(RawClient.field(error, 'D').contains("its tables have been changed"));
    }

    @Test
    void afterDdlPastTheProxyPreparingAgainHelps() throws Exception {
        describe("s", ALL);
        database.execute("ALTER TABLE blue.where_am_i ADD COLUMN more int");
        assertEquals("E[0A000]ZI", run("s"));
        client.closeStatement("s").parse("s", ALL).bind("", "s").execute("").sync();
        assertEquals("312DC[SELECT 1]ZI", client.summary());
    }

    @Test
    void whoMeetsAnotherSessionsOldStatementIsToldWhy() throws Exception {
        describe("s", ALL);
        database.execute("ALTER TABLE blue.where_am_i ADD COLUMN more int");
        Message error = first(other.parse("o", ALL).bind("", "o").execute("").sync(), 'E');
        assertEquals("the result of prepared statement \"o\" has changed", RawClient.field(error, 'M'));
        other.closeStatement("o").parse("o", ALL).bind("", "o").execute("").sync();
        assertEquals("312DC[SELECT 1]ZI", other.summary());
    }

    @Test
    void whatTheIdleSideHadBeforeItWasMigratedIsPreparedAnew() throws Exception {
        client.parse("s", ALL).sync().summary();
        proxy.flip(Side.GREEN);
        run("s");
        proxy.flip(Side.BLUE);
        database.execute("ALTER TABLE green.where_am_i ADD COLUMN yet int");
        proxy.flip(Side.GREEN);
        assertTrue(run("s").endsWith("2DC[SELECT 1]ZI"));
    }

    @Test
    void aNewPrepareInSqlDoesNotMeetTheOldOne() throws Exception {
        client.query("PREPARE p AS " + ALL).summary();
        client.query("EXECUTE p").summary();
        other.query("ALTER TABLE where_am_i ADD COLUMN more int").summary();
        other.query("PREPARE p AS " + ALL).summary();
        client.query("SELECT 1").summary();
        assertEquals("TDC[SELECT 1]ZI", other.query("EXECUTE p").summary());
    }

    @Test
    void pgjdbcPreparesAnewUnseenByTheApplication() throws Exception {
        try (Connection connection = proxy.connect(database.server().user(), "prepareThreshold=1");
                PreparedStatement select = connection.prepareStatement(ALL)) {
            for (int i = 0; i < 3; i++) {
                assertEquals(1, columns(select));
            }
            proxy.flip(Side.GREEN);
            assertEquals(2, columns(select));
        }
    }

    private static int columns(PreparedStatement select) throws SQLException {
        try (ResultSet rows = select.executeQuery()) {
            rows.next();
            return rows.getMetaData().getColumnCount();
        }
    }
}
