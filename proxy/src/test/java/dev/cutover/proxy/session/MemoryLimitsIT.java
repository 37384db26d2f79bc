// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Limits;
import dev.cutover.config.MemoryLimits;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.testing.RawClient.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What clients may keep in the proxy's memory. */
@ExtendWith(PostgresExtension.class)
final class MemoryLimitsIT {
    private static final String LONG = "SELECT '" + "x".repeat(60_000) + "'";
    private static final int LIMIT = 150_000;
    private static final int SMALL = 64 * 1024;

    private TestDatabase database;
    private ProxyFixture proxy;

    @BeforeEach
    void prepare(TestDatabase fresh) throws SQLException {
        database = fresh;
        fresh.execute("CREATE SCHEMA blue");
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void aSessionThatPreparesTooMuchGets54000AndGoesOnWhenItHasClosedSome() throws IOException {
        limit(new MemoryLimits(LIMIT, 0, 0));
        try (RawClient client = login()) {
            assertEquals("1ZI", client.parse("a", LONG).sync().summary());
            assertEquals("1ZI", client.parse("b", LONG).sync().summary());
            assertRefused(client, "54000", "limits.memory-per-session");
            assertEquals("3ZI", client.closeStatement("a").sync().summary());
            assertEquals("1ZI", client.parse("c", LONG).sync().summary());
        }
    }

    @Test
    void unnamedStatementsTakeEachOthersPlace() throws IOException {
        limit(new MemoryLimits(LIMIT, 0, 0));
        try (RawClient client = login()) {
            for (int i = 0; i < 10; i++) {
                assertEquals("1ZI", client.parse("", LONG).sync().summary());
            }
        }
    }

    @Test
    void whatTheServerHasNotAnsweredCounts() throws IOException {
        limit(new MemoryLimits(LIMIT, 0, 0));
        try (RawClient client = login()) {
            for (int i = 0; i < 4; i++) {
                client.parse("a", LONG).closeStatement("a");
            }
            assertEquals("1313E[54000]ZI", client.sync().summary());
            assertEquals("1ZI", client.parse("a", LONG).sync().summary());
        }
    }

    @Test
    void oneTenantsSessionsShareALimitUntilTheyEnd() throws IOException {
        limit(new MemoryLimits(0, LIMIT, 0));
        try (RawClient second = login()) {
            try (RawClient first = login()) {
                assertEquals("1ZI", first.parse("a", LONG).sync().summary());
                assertEquals("1ZI", first.parse("b", LONG).sync().summary());
                assertRefused(second, "53200", "limits.memory-per-tenant");
            }
            String answer;
            do {
                answer = second.parse("c", LONG).sync().summary();
            } while (answer.equals("E[53200]ZI"));
            assertEquals("1ZI", answer);
        }
    }

    @Test
    void allSessionsShareALimit() throws IOException {
        limit(new MemoryLimits(0, 0, LIMIT));
        try (RawClient first = login();
                RawClient second = login()) {
            assertEquals("1ZI", first.parse("a", LONG).sync().summary());
            assertEquals("1ZI", first.parse("b", LONG).sync().summary());
            assertRefused(second, "53200", "limits.memory");
        }
    }

    @Test
    void anUnfinishedMessageCounts() throws IOException {
        limit(new MemoryLimits(LIMIT, 0, 0));
        try (RawClient client = login()) {
            client.parse("a", LONG).sync().summary();
            client.bytes(RawClient.join(new byte[] {'Q'}, RawClient.int32(900_000), new byte[LIMIT - 1_000]));
            client.bytes(new byte[10_000]);
            Message error = client.read();
            assertEquals("54000", RawClient.field(error, 'C'));
            assertEquals("FATAL", RawClient.field(error, 'S'));
            assertTrue(client.closedByPeer());
        }
        try (RawClient client = login()) {
            for (int i = 0; i < 10; i++) {
                assertEquals("TDC[SELECT 1]ZI", client.query(LONG).summary());
            }
        }
    }

    /** More than the buffers of both sockets hold. */
    @Test
    void aClientThatReadsNoAnswersIsNotReadEither() throws IOException {
        limit(MemoryLimits.DEFAULT);
        int flood = 16 * 1024 * 1024;
        try (SocketChannel client = loggedIn();
                Selector selector = Selector.open()) {
            client.configureBlocking(false);
            client.register(selector, SelectionKey.OP_WRITE);
            ByteBuffer syncs = ByteBuffer.allocate(5 * 10_000);
            while (syncs.hasRemaining()) {
                syncs.put((byte) 'S').putInt(4);
            }
            long sent = 0;
            // Not writable for so long means that nobody reads.
            while (sent < flood && selector.select(3_000) > 0) {
                selector.selectedKeys().clear();
                if (!syncs.hasRemaining()) {
                    syncs.rewind();
                }
                sent += client.write(syncs);
            }
            assertTrue(sent < flood, "all of the flood was read");
            client.keyFor(selector).cancel();
            selector.selectNow();
            client.configureBlocking(true);
            ByteBuffer answers = ByteBuffer.allocate(64 * 1024);
            for (long left = sent / 5 * 6; left > 0; left -= answers.position()) {
                answers.clear().limit((int) Math.min(answers.capacity(), left));
                assertTrue(client.read(answers) > 0);
            }
        }
    }

    private SocketChannel loggedIn() throws IOException {
        SocketChannel client = SocketChannel.open();
        client.setOption(StandardSocketOptions.SO_RCVBUF, SMALL).setOption(StandardSocketOptions.SO_SNDBUF, SMALL);
        client.connect(new InetSocketAddress("127.0.0.1", proxy.port()));
        byte[] parameters = RawClient.join(
                RawClient.int32(196608),
                RawClient.string("user"),
                RawClient.string(database.server().user()),
                RawClient.string("database"),
                RawClient.string(ProxyFixture.TENANT),
                new byte[1]);
        client.write(ByteBuffer.wrap(RawClient.join(RawClient.int32(parameters.length + 4), parameters)));
        ByteBuffer greeting = ByteBuffer.allocate(64 * 1024);
        // ReadyForQuery is the only message that ends so.
        while (greeting.position() < 6
                || greeting.get(greeting.position() - 6) != 'Z'
                || greeting.getInt(greeting.position() - 5) != 5) {
            assertTrue(client.read(greeting) > 0);
        }
        return client;
    }

    private static void assertRefused(RawClient client, String state, String hint) throws IOException {
        Message error = client.parse("refused", LONG).sync().untilReady().get(0);
        assertEquals(state, RawClient.field(error, 'C'));
        assertEquals("ERROR", RawClient.field(error, 'S'));
        assertTrue(RawClient.field(error, 'H').endsWith(" " + hint + "."), error.text());
    }

    private RawClient login() throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }

    private void limit(MemoryLimits memory) {
        proxy = ProxyFixture.start(
                new ClusterConfig(
                        ProxyFixture.CLUSTER,
                        new Endpoint(database.server().host(), database.server().port()),
                        2),
                database.name(),
                null,
                new AuthConfig(AuthConfig.Method.TRUST, Map.of()),
                Limits.DEFAULT.with(memory));
    }
}
