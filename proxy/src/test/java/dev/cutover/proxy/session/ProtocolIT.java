// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.analyze.statement.WriteStatement.Kind;
import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.Rewrite.Reply;
import dev.cutover.dualwrite.mirror.Rewrite.Shape;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the protocol promises, message by message. */
@ExtendWith(PostgresExtension.class)
final class ProtocolIT {
    private static final String INSERT = "INSERT INTO item VALUES (1, 'a')";
    private static final String COUNTING = "WITH w AS (" + INSERT + " RETURNING id) SELECT count(*)::text FROM w";
    private static final Rewrite COUNT_ROW =
            new Rewrite.Mirrored(COUNTING, new Reply(Kind.INSERT, Shape.COUNT_ROW), "WITH w AS (".length());

    private TestDatabase database;
    private ProxyFixture proxy;
    private RawClient client;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException, IOException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 2);
        client = RawClient.login(proxy.port(), fresh.server().user(), ProxyFixture.TENANT);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        proxy.close();
    }

    @Test
    void aPipelineOfSimpleQueriesIsAnsweredInOrder() throws IOException {
        client.query("SELECT 1").query("SELECT 1/0").query("").query("SELECT 2");
        assertEquals(
                List.of("TDC[SELECT 1]ZI", "E[22012]ZI", "IZI", "TDC[SELECT 1]ZI"),
                List.of(client.summary(), client.summary(), client.summary(), client.summary()));
    }

    @Test
    void namesThatAreNotUtf8StayApart() throws IOException {
        byte[][] names = {{(byte) 0xff, 0}, {(byte) 0xfe, 0}};
        for (byte[] name : names) {
            client.send('P', name, RawClient.string("SELECT 1"), new byte[2]).sync();
            assertEquals("1ZI", client.summary());
        }
        client.send('C', new byte[] {'S'}, names[1]).sync();
        assertEquals("3ZI", client.summary());
        client.send('B', RawClient.string(""), names[0], new byte[6])
                .execute("")
                .sync();
        assertEquals("2DC[SELECT 1]ZI", client.summary());
        client.send('B', RawClient.string(""), names[1], new byte[6])
                .execute("")
                .sync();
        assertEquals("E[26000]ZI", client.summary());
    }

    @Test
    void aFirstPacketOfAnImpossibleLengthIsNotAnswered() throws IOException {
        try (RawClient other = RawClient.open(proxy.port())) {
            other.bytes("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            // The end or a reset, but no answer.
            assertThrows(IOException.class, other::read);
        }
    }

    @Test
    void anErrorSkipsToSyncAndNoFurther() throws IOException {
        client.parse("", "SELECT 1/0")
                .bind("", "")
                .execute("")
                .parse("x", "SELECT 1")
                .sync();
        client.parse("x", "SELECT 2").bind("", "x").execute("").sync();
        assertEquals(List.of("1E[22012]ZI", "12DC[SELECT 1]ZI"), List.of(client.summary(), client.summary()));
    }

    @Test
    void aStatementWhoseParseFailedDoesNotExist() throws IOException {
        client.parse("s", "SELEC").sync();
        client.bind("", "s").sync();
        assertEquals(List.of("E[42601]ZI", "E[26000]ZI"), List.of(client.summary(), client.summary()));
    }

    @Test
    void aStatementThatExistsIsNotParsedAgain() throws IOException {
        client.parse("s", "SELECT 1").sync();
        client.parse("s", "SELECT 2").sync();
        assertEquals(List.of("1ZI", "E[42P05]ZI"), List.of(client.summary(), client.summary()));
    }

    @Test
    void aClosedStatementCanBePreparedAnew() throws IOException {
        client.parse("s", "SELECT 1")
                .closeStatement("s")
                .parse("s", "SELECT 2")
                .bind("", "s")
                .execute("")
                .sync();
        assertEquals("1312DC[SELECT 1]ZI", client.summary());
    }

    @Test
    void aCloseThatWasSkippedDidNotHappen() throws IOException {
        client.parse("s", "SELECT 1").sync();
        client.parse("", "SELEC").closeStatement("s").sync();
        client.bind("", "s").execute("").sync();
        assertEquals(
                List.of("1ZI", "E[42601]ZI", "2DC[SELECT 1]ZI"),
                List.of(client.summary(), client.summary(), client.summary()));
    }

    @Test
    void theUnnamedStatementOutlivesItsTransaction() throws IOException {
        client.parse("", "SELECT 1").sync();
        client.summary();
        try (RawClient other = RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT)) {
            other.parse("", "SELECT 2, 2").bind("", "").execute("").sync().summary();
            client.bind("", "").describePortal("").execute("").sync();
            assertEquals("2TDC[SELECT 1]ZI", client.summary());
        }
    }

    @Test
    void aPortalWithARowLimitIsSuspendedAndGoesOn() throws IOException {
        client.parse("", "SELECT generate_series(1, 3)").bind("p", "");
        client.execute("p", 2).execute("p", 2).sync();
        assertEquals("12DDsDC[SELECT 1]ZI", client.summary());
    }

    @Test
    void syncAloneIsAnsweredWithoutABackend() throws IOException {
        client.sync();
        assertEquals("ZI", client.summary());
    }

    @Test
    void copyInWithinThePipelineIgnoresTheSyncBeforeItsEnd() throws IOException {
        client.parse("", "COPY item FROM STDIN").bind("", "").execute("").sync();
        client.send('d', RawClient.string("1\ta\n")).send('c').sync();
        client.query("SELECT 1");
        // The string's zero byte is no valid row end: the server refuses the data.
        assertEquals("12GE[22021]ZI".length(), client.summary().length());
        assertEquals("TDC[SELECT 1]ZI", client.summary());
    }

    @Test
    void copyFailIsAnError() throws IOException {
        client.query("COPY item FROM STDIN").send('f', RawClient.string("changed my mind"));
        assertEquals("GE[57014]ZI", client.summary());
    }

    @Test
    void aFunctionCallPasses() throws IOException {
        // int4pl is function 177: two text arguments, text result.
        client.send(
                'F',
                RawClient.int32(177),
                new byte[] {0, 0, 0, 2},
                RawClient.int32(1),
                new byte[] {'1'},
                RawClient.int32(1),
                new byte[] {'2'},
                new byte[2]);
        assertEquals("VZI", client.summary());
    }

    @Test
    void aMirroredInsertAnswersAsTheClientsOwnWould() throws IOException {
        proxy.planner().rewrite(INSERT, COUNT_ROW);
        client.query(INSERT);
        assertEquals("C[INSERT 0 1]ZI", client.summary());
    }

    @Test
    void aMirroredPreparedInsertAnswersAsTheClientsOwnWould() throws IOException {
        proxy.planner().rewrite(INSERT, COUNT_ROW);
        client.parse("s", INSERT)
                .describeStatement("s")
                .bind("", "s")
                .describePortal("")
                .execute("", 1)
                .sync();
        assertEquals("1tn2nC[INSERT 0 1]ZI", client.summary());
    }

    @Test
    void anErrorPositionPointsIntoTheClientsText() throws IOException {
        String bad = "INSERT INTO item VALUES (1, nothing)";
        String prefix = "WITH w AS (";
        proxy.planner()
                .rewrite(
                        bad,
                        new Rewrite.Mirrored(
                                prefix + bad + " RETURNING id) SELECT count(*)::text FROM w",
                                new Reply(Kind.INSERT, Shape.COUNT_ROW),
                                prefix.length()));
        RawClient.Message error = client.query(bad).read();
        assertEquals(Integer.toString(bad.indexOf("nothing") + 1), RawClient.field(error, 'P'));
    }

    @Test
    void aSerializableTransactionIsNotMirrored() throws IOException {
        proxy.planner().rewrite(INSERT, new Rewrite.Mirrored("SELECT 1/0", new Reply(Kind.INSERT, Shape.ROWS), 0));
        client.query("BEGIN ISOLATION LEVEL SERIALIZABLE").query(INSERT).query("COMMIT");
        assertEquals(
                List.of("C[BEGIN]ZT", "C[INSERT 0 1]ZT", "C[COMMIT]ZI"),
                List.of(client.summary(), client.summary(), client.summary()));
    }

    @Test
    void aSessionWithItsOwnSearchPathIsNotMirrored() throws IOException {
        proxy.planner().rewrite(INSERT, new Rewrite.Mirrored("SELECT 1/0", new Reply(Kind.INSERT, Shape.ROWS), 0));
        client.query("SET search_path TO public, blue").query(INSERT);
        assertEquals(List.of("C[SET]ZI", "C[INSERT 0 1]ZI"), withoutParameters(client.summary(), client.summary()));
    }

    @Test
    void aRefusedStatementAbortsItsTransaction() throws IOException {
        proxy.planner().rewrite("DROP TABLE item", new Rewrite.Refused("0A000", "not while mirroring", "Wait."));
        client.query("BEGIN").query("DROP TABLE item").query("SELECT 1").query("ROLLBACK");
        assertEquals(
                List.of("C[BEGIN]ZT", "E[0A000]ZE", "E[25P02]ZE", "C[ROLLBACK]ZI"),
                List.of(client.summary(), client.summary(), client.summary(), client.summary()));
    }

    @Test
    void aRefusedPreparedStatementSkipsToSync() throws IOException {
        proxy.planner().rewrite("DROP TABLE item", new Rewrite.Refused("0A000", "not while mirroring", "Wait."));
        client.parse("", "DROP TABLE item").bind("", "").execute("").sync();
        assertEquals("E[0A000]ZI", client.summary());
    }

    @Test
    void theUnnamedStatementSurvivesAParseThatWasSkipped() throws IOException {
        client.parse("", "SELECT 1, 1").sync().summary();
        client.parse("x", "SELEC")
                .parse("", "SELECT 2")
                .parse("", "SELECT 3")
                .sync()
                .summary();
        client.bind("", "").describePortal("").execute("").sync();
        RawClient.Message description = client.untilReady().get(1);
        assertEquals(2, description.body()[1]);
    }

    @Test
    void anUnknownStatementInAPipelineIsAnError() throws IOException {
        client.query("SELECT 1")
                .parse("t", "SELECT 2")
                .bind("", "s")
                .execute("")
                .sync();
        assertEquals(List.of("TDC[SELECT 1]ZI", "1E[26000]ZI"), List.of(client.summary(), client.summary()));
    }

    @Test
    void anInjectedParseThatWasSkippedIsInjectedAgain() throws IOException {
        client.parse("s", "SELECT 1").sync().summary();
        // Another backend: the first is taken.
        try (RawClient other = RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT)) {
            other.query("BEGIN").summary();
            client.parse("", "SELEC").bind("", "s").sync();
            client.bind("", "s").execute("").sync();
            assertEquals(List.of("E[42601]ZI", "2DC[SELECT 1]ZI"), List.of(client.summary(), client.summary()));
        }
    }

    /** One segment, so that the Bind has gone before the first answer comes. */
    @Test
    void theEndOfATransactionLeavesAPortalOfTheNextOneAlone() throws IOException {
        proxy.planner().rewrite(INSERT, COUNT_ROW);
        for (String portal : List.of("", "p")) {
            byte[] first = RawClient.message('Q', RawClient.string("SELECT pg_sleep(0.1)"));
            byte[] parse = RawClient.message('P', RawClient.string(""), RawClient.string(INSERT), new byte[2]);
            byte[] bind = RawClient.message('B', RawClient.string(portal), RawClient.string(""), new byte[6]);
            client.bytes(RawClient.join(first, parse, bind));
            assertEquals("TDC[SELECT 1]ZI", client.summary());
            client.execute(portal).sync();
            assertEquals("12C[INSERT 0 1]ZI", client.summary());
            client.query("DELETE FROM item").summary();
        }
    }

    @Test
    void anInvalidLengthEndsTheSession() throws IOException {
        client.bytes(new byte[] {'Q', 0, 0, 0, 1});
        assertEquals("08P01", RawClient.field(client.read(), 'C'));
        assertTrue(client.closedByPeer());
    }

    private static List<String> withoutParameters(String... summaries) {
        return java.util.Arrays.stream(summaries)
                .map(summary ->
                        summary.replace("S", "").replace("[ET]", "[SET]").replace("INERT", "INSERT"))
                .toList();
    }
}
