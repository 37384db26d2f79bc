// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** PREPARE, EXECUTE and DEALLOCATE of two sessions on the only backend. */
@ExtendWith(PostgresExtension.class)
final class SqlPreparedIT {
    private TestDatabase database;
    private ProxyFixture proxy;
    private RawClient client;
    private RawClient other;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException, IOException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 1, Planners.unmirrored());
        client = RawClient.login(proxy.port(), fresh.server().user(), ProxyFixture.TENANT);
        other = RawClient.login(proxy.port(), fresh.server().user(), ProxyFixture.TENANT);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        other.close();
        proxy.close();
    }

    @Test
    void eachSessionHasItsOwnStatementOfAName() throws IOException {
        client.query("PREPARE p AS SELECT 'mine'").summary();
        other.query("PREPARE p AS SELECT 'theirs'").summary();
        assertEquals("mine", value(client, "EXECUTE p"));
        assertEquals("theirs", value(other, "EXECUTE p"));
    }

    @Test
    void aStatementOfAnotherSessionDoesNotExist() throws IOException {
        client.query("PREPARE p AS SELECT 1").summary();
        assertEquals("E[26000]ZI", other.query("EXECUTE p").summary());
    }

    @Test
    void noTransactionTakesBackAPrepare() throws IOException {
        client.query("BEGIN; PREPARE p AS SELECT 'kept'; ROLLBACK").summary();
        other.query("SELECT 1").summary();
        assertEquals("kept", value(client, "EXECUTE p"));
    }

    @Test
    void afterAFlipExecuteReadsTheOtherSide() throws Exception {
        client.query("PREPARE p AS SELECT side FROM where_am_i").summary();
        proxy.flip(Side.GREEN);
        assertEquals("green", value(client, "EXECUTE p"));
    }

    @Test
    void afterAFlipExecuteHasTheShapeOfTheOtherSide() throws Exception {
        database.execute("ALTER TABLE green.where_am_i ADD COLUMN more int");
        client.query("PREPARE p AS SELECT * FROM where_am_i").summary();
        client.query("EXECUTE p").summary();
        proxy.flip(Side.GREEN);
        RawClient.Message description = skipParameters(client.query("EXECUTE p"));
        assertEquals('T', description.type());
        assertEquals(2, description.body()[1]);
    }

    @Test
    void theExtendedProtocolFindsIt() throws IOException {
        client.query("PREPARE p AS SELECT 7").summary();
        other.query("SELECT 1").summary();
        client.bind("", "p").describePortal("").execute("").sync();
        assertEquals("2TDC[SELECT 1]ZI", client.summary());
    }

    @Test
    void theExtendedProtocolClosesIt() throws IOException {
        client.query("PREPARE p AS SELECT 7").summary();
        client.closeStatement("p").sync().summary();
        other.query("SELECT 1").summary();
        assertEquals("E[26000]ZI", client.query("EXECUTE p").summary());
    }

    @Test
    void deallocateClosesAStatementOfTheExtendedProtocol() throws IOException {
        client.parse("s", "SELECT 7").sync().summary();
        assertEquals("C[DEALLOCATE]ZI", client.query("DEALLOCATE s").summary());
        client.bind("", "s").sync();
        assertEquals("E[26000]ZI", client.summary());
    }

    @Test
    void oneNameIsOneStatementInBothProtocols() throws IOException {
        client.parse("s", "SELECT 7").sync().summary();
        client.query("PREPARE p AS SELECT 1").summary();
        assertEquals("E[42P05]ZI", client.query("PREPARE s AS SELECT 1").summary());
        assertEquals("E[42P05]ZI", client.parse("p", "SELECT 1").sync().summary());
    }

    @Test
    void whatCannotBePreparedElsewhereAnyMoreSaysWhy() throws Exception {
        database.execute("CREATE TABLE blue.passing (a int)");
        client.query("PREPARE p AS SELECT * FROM passing").summary();
        other.query("DROP TABLE passing").summary();
        assertEquals("E[42P01]ZI", client.query("EXECUTE p").summary());
    }

    @Test
    void aTextMeansWhatItMeantWhenItWasPrepared() throws IOException {
        client.query("SET standard_conforming_strings = off").summary();
        client.query("PREPARE p AS SELECT 'a\\\\b'").summary();
        client.query("RESET standard_conforming_strings").summary();
        other.query("SELECT 1").summary();
        assertEquals("a\\b", value(client, "EXECUTE p"));
    }

    @Test
    void moreStatementsThanAreReplayedPinTheirSession() throws IOException {
        for (int i = 0; i < 70; i++) {
            client.query("PREPARE p" + i + " AS SELECT " + i).summary();
        }
        assertEquals("69", value(client, "EXECUTE p69"));
        assertTrue(proxy.routing().sessions().stream()
                .anyMatch(session -> session.view().pinned().equals(List.of("SQL_PREPARE"))));
    }

    private static String value(RawClient client, String sql) throws IOException {
        client.query(sql);
        String value = null;
        for (RawClient.Message message : client.untilReady()) {
            if (message.type() == 'D') {
                value = message.text().substring(6);
            }
        }
        return String.valueOf(value);
    }

    private static RawClient.Message skipParameters(RawClient client) throws IOException {
        RawClient.Message message;
        do {
            message = client.read();
        } while (message.type() == 'S');
        return message;
    }
}
