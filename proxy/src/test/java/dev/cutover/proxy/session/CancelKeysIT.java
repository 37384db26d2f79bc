// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.testing.RawClient.Message;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Cancel requests with the short keys of protocol 3.0 and the long ones of 3.2. */
@ExtendWith(PostgresExtension.class)
final class CancelKeysIT {
    private TestDatabase database;
    private ProxyFixture proxy;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 2);
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void aClientOf30GetsAndUsesAKeyOfFourBytes() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            byte[] key = keyData(login(client, 0));
            assertEquals(8, key.length);

            sleepAndCancel(client, key);

            assertEquals("E[57014]ZI", client.summary().replaceFirst("^T", ""));
        }
    }

    @Test
    void aClientOf32GetsAndUsesALongKey() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            List<Message> welcome = login(client, 2);
            byte[] key = keyData(welcome);
            assertEquals(36, key.length);
            assertTrue(welcome.stream().noneMatch(message -> message.type() == 'v'));

            sleepAndCancel(client, key);

            assertEquals("E[57014]ZI", client.summary().replaceFirst("^T", ""));
        }
    }

    @Test
    void aClientOfANewerProtocolIsToldOf32() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            List<Message> welcome = login(client, 9999);

            assertEquals('v', welcome.get(0).type());
            assertEquals(
                    List.of(0, 3, 0, 2, 0, 0, 0, 0),
                    List.of(boxed(welcome.get(0).body())));
            assertEquals(36, keyData(welcome).length);
        }
    }

    @Test
    void aKeyThatIsOnlyBegunRightCancelsNothing() throws Exception {
        try (RawClient client = RawClient.open(proxy.port())) {
            byte[] key = keyData(login(client, 2));
            byte[] altered = key.clone();
            altered[35] ^= 1;
            byte[] longer = Arrays.copyOf(key, 37);
            client.query("SELECT pg_sleep(600)");
            awaitSleep();

            cancel(Arrays.copyOf(key, 8));
            cancel(altered);
            cancel(longer);
            cancel(Arrays.copyOf(key, 35));

            assertEquals(List.of("1"), sleeping());
            cancel(key);
            assertEquals("E[57014]ZI", client.summary().replaceFirst("^T", ""));
        }
    }

    @Test
    void aKeyWithAnotherSessionsNumberCancelsNothing() throws Exception {
        try (RawClient client = RawClient.open(proxy.port());
                RawClient other = RawClient.open(proxy.port())) {
            byte[] key = keyData(login(client, 0));
            byte[] others = keyData(login(other, 0));
            byte[] mixed = key.clone();
            System.arraycopy(others, 4, mixed, 4, 4);
            client.query("SELECT pg_sleep(600)");
            awaitSleep();

            cancel(mixed);
            cancel(others);

            assertEquals(List.of("1"), sleeping());
            cancel(key);
            assertEquals("E[57014]ZI", client.summary().replaceFirst("^T", ""));
        }
    }

    private List<Message> login(RawClient client, int minor) throws IOException {
        byte[] body = ("user\0" + database.server().user() + "\0database\0" + ProxyFixture.TENANT + "\0\0")
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
        client.bytes(RawClient.int32(8 + body.length))
                .bytes(RawClient.int32((3 << 16) + minor))
                .bytes(body);
        return client.untilReady();
    }

    private static byte[] keyData(List<Message> welcome) {
        return welcome.stream()
                .filter(message -> message.type() == 'K')
                .findFirst()
                .orElseThrow()
                .body();
    }

    private void sleepAndCancel(RawClient client, byte[] key) throws Exception {
        client.query("SELECT pg_sleep(600)");
        awaitSleep();
        cancel(key);
    }

    /** Returns when the proxy has taken the request and closed its connection. */
    private void cancel(byte[] key) throws IOException {
        try (RawClient canceller = RawClient.open(proxy.port())) {
            canceller
                    .bytes(RawClient.int32(8 + key.length))
                    .bytes(RawClient.int32(80877102))
                    .bytes(key);
            assertTrue(canceller.closedByPeer());
        }
    }

    private void awaitSleep() throws SQLException {
        while (!sleeping().equals(List.of("1"))) {
            Thread.onSpinWait();
        }
    }

    private List<String> sleeping() throws SQLException {
        return database.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                + " AND datname = current_database() AND pid <> pg_backend_pid()");
    }

    private static Integer[] boxed(byte[] bytes) {
        Integer[] values = new Integer[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            values[i] = (int) bytes[i];
        }
        return values;
    }
}
