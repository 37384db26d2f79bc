// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.wire.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that send their last statement and close their direction of the connection, or the whole of it. */
@ExtendWith(PostgresExtension.class)
final class DeparturesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SLOW_INSERT = "INSERT INTO item SELECT 1, 'a' FROM pg_sleep(0.3)";

    private TestDatabase database;
    private ProxyFixture proxy;

    @BeforeEach
    void prepare(TestDatabase fresh) {
        database = fresh;
    }

    @AfterEach
    void stop() {
        System.clearProperty(Transport.PROPERTY);
        proxy.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void aHalfClosedClientGetsItsAnswers(String transport) throws Exception {
        start(transport, 2);
        try (RawClient client = login()) {
            client.query(SLOW_INSERT).query("SELECT 1").endOfStream();

            assertEquals(List.of("C[INSERT 0 1]ZI", "TDC[SELECT 1]ZI"), List.of(client.summary(), client.summary()));
            assertTrue(client.closedByPeer());
        }
        assertLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void aClientHalfClosedBehindItsStartupMessageGetsItsAnswers(String transport) throws Exception {
        start(transport, 2);
        try (RawClient client = RawClient.open(proxy.port())) {
            client.startup(database.server().user(), ProxyFixture.TENANT)
                    .query("SELECT 1")
                    .endOfStream();

            client.untilReady();
            assertEquals("TDC[SELECT 1]ZI", client.summary());
            assertTrue(client.closedByPeer());
        }
        assertLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void aHalfClosedClientHeldAtTheGateGetsItsAnswers(String transport) throws Exception {
        start(transport, 2);
        try (RawClient client = login()) {
            proxy.routing().gate().close();
            client.query("SELECT 1").endOfStream();
            Eventually.until("held", PATIENCE, () -> proxy.routing().held() == 1);
            proxy.routing().gate().open();

            assertEquals("TDC[SELECT 1]ZI", client.summary());
            assertTrue(client.closedByPeer());
        }
        assertLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void anIdleHalfClosedClientIsClosed(String transport) throws Exception {
        start(transport, 2);
        try (RawClient client = login()) {
            client.query("BEGIN").summary();
            client.query("INSERT INTO item VALUES (1, 'a')").summary();
            client.endOfStream();

            assertTrue(client.closedByPeer());
        }
        assertLeft();
        assertEquals(List.of("0"), database.query("SELECT count(*) FROM blue.item"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void aPipelineWithoutItsSyncIsTakenBack(String transport) throws Exception {
        start(transport, 2);
        try (RawClient client = login()) {
            client.query("INSERT INTO item VALUES (1, 'a')");
            client.parse("", "INSERT INTO item VALUES (2, 'b')")
                    .bind("", "")
                    .execute("")
                    .endOfStream();

            assertEquals("C[INSERT 0 1]ZI", client.summary());
            assertTrue(client.closedByPeer());
        }
        assertLeft();
        assertEquals(List.of("1"), database.query("SELECT id FROM blue.item"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void aStatementFollowedByTerminateIsCommitted(String transport) throws Exception {
        start(transport, 2);
        RawClient client = login();

        client.bytes(RawClient.join(RawClient.message('Q', RawClient.string(SLOW_INSERT)), RawClient.message('X')));
        client.leave();

        assertLeft();
        assertEquals(List.of("1"), database.query("SELECT id FROM blue.item"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void statementsFollowedByTerminateAreCommittedThoughTheirAnswersCannotBeSent(String transport) throws Exception {
        start(transport, 2);
        RawClient client = login();

        client.bytes(RawClient.join(
                RawClient.message('Q', RawClient.string("SELECT 1")),
                RawClient.message('Q', RawClient.string("BEGIN")),
                RawClient.message('Q', RawClient.string(SLOW_INSERT)),
                RawClient.message('Q', RawClient.string("COMMIT")),
                RawClient.message('X')));
        client.leave();

        Eventually.until("committed", PATIENCE, () -> database.query("SELECT id FROM blue.item")
                .equals(List.of("1")));
        assertLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void aLongAnswerToAClientThatHasLeftHoldsNothingUp(String transport) throws Exception {
        start(transport, 2);
        RawClient client = login();

        client.bytes(RawClient.join(
                RawClient.message('Q', RawClient.string("SELECT repeat('x', 1000) FROM generate_series(1, 20000)")),
                RawClient.message('X')));
        client.leave();

        assertLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio", "io_uring"})
    void aStatementFollowedByTerminateIsCommittedAfterItsWaitForAConnection(String transport) throws Exception {
        start(transport, 1);
        try (RawClient holder = login()) {
            holder.query("BEGIN").summary();
            RawClient client = login();
            client.bytes(RawClient.join(RawClient.message('Q', RawClient.string(SLOW_INSERT)), RawClient.message('X')));
            client.leave();
            Eventually.until(
                    "waiting",
                    PATIENCE,
                    () -> proxy.server()
                                    .backends()
                                    .statistics(ProxyFixture.CLUSTER)
                                    .waiting()
                            == 1);
            holder.query("COMMIT").summary();
            Eventually.until("committed", PATIENCE, () -> database.query("SELECT id FROM blue.item")
                    .equals(List.of("1")));
        }
        assertLeft();
    }

    /** The session has gone, and its transaction with it. */
    private void assertLeft() throws Exception {
        Eventually.until(
                "no session", PATIENCE, () -> proxy.routing().sessions().isEmpty());
        proxy.routing().gate().close();
        assertTrue(proxy.routing().gate().awaitDrained(PATIENCE));
        proxy.routing().gate().open();
    }

    @Test
    void aClientThatLeavesWithinItsCopyLeavesNothing() throws Exception {
        start("epoll", 2);
        RawClient client = login();
        client.query("COPY item FROM STDIN");
        assertEquals('G', client.read().type());
        client.send('d', "1\ta\n".getBytes(StandardCharsets.UTF_8));
        client.leave();
        assertLeft();
        assertEquals(List.of("0"), database.query("SELECT count(*) FROM blue.item"));
    }

    @Test
    void aClientThatLeavesBeforeItsCopyBeginsLeavesNothing() throws Exception {
        start("epoll", 2);
        login().query("COPY item FROM STDIN").endOfStream();
        assertLeft();
        assertEquals(List.of("0"), database.query("SELECT count(*) FROM blue.item"));
    }

    @Test
    void aClientThatTerminatesWithinItsCopyLeavesNothing() throws Exception {
        start("epoll", 2);
        RawClient client = login();
        client.query("COPY item FROM STDIN");
        assertEquals('G', client.read().type());
        client.send('X');
        client.leave();
        assertLeft();
        assertEquals(List.of("0"), database.query("SELECT count(*) FROM blue.item"));
    }

    @Test
    void aCopyThatIsCompleteBeforeTheStreamEndsIsKept() throws Exception {
        start("epoll", 2);
        RawClient client = login();
        client.query("COPY item FROM STDIN")
                .send('d', "1\ta\n".getBytes(StandardCharsets.UTF_8))
                .send('c');
        client.endOfStream();
        assertEquals("GC[COPY 1]ZI", client.summary());
        assertLeft();
    }

    @ParameterizedTest
    @ValueSource(bytes = {'x', 0})
    void aClientThatLeavesWithinALongQueryLeavesWhatItSentBefore(byte fill) throws Exception {
        start("epoll", 2);
        RawClient client = login();
        client.query(SLOW_INSERT);
        byte[] part =
                ByteBuffer.allocate(3_000_000).put((byte) 'Q').putInt(5_000_000).array();
        Arrays.fill(part, 5, part.length, fill);
        client.bytes(part);
        client.leave();
        assertLeft();
        assertEquals(List.of("1"), database.query("SELECT count(*) FROM blue.item"));
    }

    /** The settings of the session are on their way in front of the query. */
    @Test
    void aClientThatLeavesWithinItsFirstLongQueryLeavesNothing() throws Exception {
        start("epoll", 2);
        RawClient client = login();
        client.bytes(
                ByteBuffer.allocate(3_000_000).put((byte) 'Q').putInt(5_000_000).array());
        client.leave();
        assertLeft();
        try (RawClient other = login()) {
            assertEquals("TDC[SELECT 1]ZI", other.query("SELECT 1").summary());
        }
    }

    @Test
    void aClientThatLeavesIsNoLongerCounted() throws Exception {
        start("epoll", 2);
        for (int i = 0; i < 5; i++) {
            try (RawClient client = login()) {
                assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
                client.send('X');
                assertTrue(client.closedByPeer());
            }
        }
        assertLeft();
        Eventually.until("no client is counted", PATIENCE, () -> clients() == 0);
        assertEquals(0, clients());
    }

    private double clients() {
        return proxy.meters().get("cutover.clients").gauge().value();
    }

    private void start(String transport, int poolSize) throws SQLException {
        System.setProperty(Transport.PROPERTY, transport);
        proxy = ProxyFixture.start(database, poolSize);
    }

    private RawClient login() throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }
}
