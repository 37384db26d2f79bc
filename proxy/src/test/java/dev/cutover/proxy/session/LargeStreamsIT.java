// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.FixtureProcess;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is larger than the proxy streams through it: the proxy has 256 MB of heap and as much beside it. */
@ExtendWith(PostgresExtension.class)
final class LargeStreamsIT {
    private static final int MEGABYTE = 1024 * 1024;
    private static final int COPIED_MEGABYTES = 1024;
    private static final int FIELD_MEGABYTES = 300;

    private TestDatabase database;
    private FixtureProcess proxy;
    private RawClient client;

    @BeforeEach
    void start(TestDatabase fresh) throws Exception {
        database = fresh;
        database.execute("CREATE SCHEMA blue; CREATE UNLOGGED TABLE blue.large (line text)");
        proxy = FixtureProcess.start("256m", database, 2);
        client = RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        proxy.close();
    }

    @Test
    void aGigabyteIsCopiedOut() throws IOException {
        client.query("COPY (SELECT repeat('x', " + (MEGABYTE - 1) + ") FROM generate_series(1, " + COPIED_MEGABYTES
                + ")) TO STDOUT");

        assertEquals(COPIED_MEGABYTES * (long) MEGABYTE, client.lengthsUntilReady('d'));
        assertTrue(proxy.alive());
    }

    @Test
    void aGigabyteIsCopiedIn() throws Exception {
        byte[] line = new byte[MEGABYTE];
        Arrays.fill(line, (byte) 'x');
        line[MEGABYTE - 1] = '\n';
        client.query("COPY large FROM STDIN");
        assertEquals('G', client.read().type());
        for (int i = 0; i < COPIED_MEGABYTES; i++) {
            client.send('d', line);
        }
        client.send('c');

        assertEquals("C[COPY " + COPIED_MEGABYTES + "]ZI", client.summary());
        assertEquals(
                Long.toString(COPIED_MEGABYTES * (MEGABYTE - 1L)),
                database.query("SELECT sum(length(line)) FROM blue.large").get(0));
    }

    @Test
    void aLargeFieldComes() throws IOException {
        client.query("SELECT repeat('x', " + FIELD_MEGABYTES * MEGABYTE + ")");

        // int16 columns, int32 length, and the value
        assertEquals(6 + FIELD_MEGABYTES * (long) MEGABYTE, client.lengthsUntilReady('D'));
        assertTrue(proxy.alive());
    }

    @Test
    void aLargeParameterGoes() throws IOException {
        client.parse("", "SELECT length($1::text)");
        // No name, no formats, one parameter: its length and value, then no result formats.
        ByteBuffer head = ByteBuffer.allocate(10).putInt(0).putShort((short) 1).putInt(FIELD_MEGABYTES * MEGABYTE);
        client.sendLong('B', head.array(), (byte) 'x', FIELD_MEGABYTES * MEGABYTE, new byte[2]);
        client.execute("").sync();

        assertEquals("12DC[SELECT 1]ZI", client.summary());
    }

    @Test
    void aLargeTextGoes() throws IOException {
        byte[] select = "SELECT 1".getBytes(StandardCharsets.US_ASCII);
        client.sendLong('Q', select, (byte) ' ', FIELD_MEGABYTES * MEGABYTE, new byte[1]);

        assertEquals("TDC[SELECT 1]ZI", client.summary());
    }
}
