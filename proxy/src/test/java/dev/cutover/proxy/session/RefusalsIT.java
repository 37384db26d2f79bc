// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.testing.RawClient.Message;
import dev.cutover.proxy.wire.ErrorFields;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Statements that the proxy refuses, and errors of the server that name a statement. */
@ExtendWith(PostgresExtension.class)
final class RefusalsIT {
    private static final String REFUSED = "DROP TABLE item";
    private static final String INSERT = "INSERT INTO item VALUES (1, 'a')";

    private TestDatabase database;
    private ProxyFixture proxy;
    private RawClient client;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException, IOException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 2);
        proxy.planner().rewrite(REFUSED, new Rewrite.Refused("0A000", "the tenant moves", "Wait."));
        client = RawClient.login(proxy.port(), fresh.server().user(), ProxyFixture.TENANT);
        client.query("SELECT 1").summary();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        proxy.close();
    }

    @Test
    void outsideOfATransactionNoServerSeesARefusedQuery() throws Exception {
        client.query(REFUSED).query("SELECT 2");

        assertEquals("E[0A000]ZI", client.summary());
        assertEquals("TDC[SELECT 1]ZI", client.summary());
        client.query(REFUSED);
        assertEquals("E[0A000]ZI", client.summary());
        assertEquals(List.of("SELECT 2"), lastQueries());
    }

    @Test
    void outsideOfATransactionNoServerSeesARefusedParse() throws Exception {
        client.parse("s", REFUSED).bind("", "s").execute("").sync();
        assertEquals("E[0A000]ZI", client.summary());
        client.bind("", "s").execute("").sync();
        assertEquals("E[26000]ZI", client.summary());
        assertEquals(List.of("SELECT 1"), lastQueries());

        client.parse("", "SELECT 3").bind("", "").execute("").sync();
        assertEquals("12DC[SELECT 1]ZI", client.summary());
        assertEquals(List.of("2"), database.query("SELECT count(*) FROM pg_class WHERE relname = 'item'"));
    }

    @Test
    void inABlockARefusedQueryAbortsIt() throws Exception {
        client.query("BEGIN").query(INSERT).query(REFUSED).query("SELECT 1").query("COMMIT");

        assertEquals(
                List.of("C[BEGIN]ZT", "C[INSERT 0 1]ZT", "E[0A000]ZE", "E[25P02]ZE", "C[ROLLBACK]ZI"),
                List.of(client.summary(), client.summary(), client.summary(), client.summary(), client.summary()));
    }

    @Test
    void behindAnExecuteARefusedParseTakesItBack() throws Exception {
        client.parse("", INSERT).bind("", "").execute("").parse("s", REFUSED).sync();

        assertEquals("12C[INSERT 0 1]E[0A000]ZI", client.summary());
        assertEquals(List.of("0"), database.query("SELECT count(*) FROM blue.item"));
    }

    @Test
    void behindAnAnsweredExecuteARefusedParseTakesItBack() throws Exception {
        client.parse("", INSERT).bind("", "").execute("").send('H');
        assertEquals(
                List.of('1', '2', 'C'),
                List.of(
                        client.read().type(),
                        client.read().type(),
                        client.read().type()));
        client.parse("s", REFUSED).sync();

        assertEquals("E[0A000]ZI", client.summary());
        assertEquals(List.of("0"), database.query("SELECT count(*) FROM blue.item"));
    }

    @Test
    void whatIsSentInPlaceOfARefusedStatementIsNoSyntaxError() {
        ErrorFields error = ErrorFields.error("0A000", "a */ /* 'reason' \\", "A hint.");

        SQLException failure = assertThrows(SQLException.class, () -> database.query(Refusal.text(error)));

        assertEquals("42883", failure.getSQLState());
    }

    @Test
    void anErrorNamesTheStatementAsTheClientDoes() throws Exception {
        client.parse("a", "SELECT $1::int").bind("", "a").sync();

        Message error = client.untilReady().stream()
                .filter(message -> message.type() == 'E')
                .findFirst()
                .orElseThrow();
        assertEquals(
                "bind message supplies 0 parameters, but prepared statement \"a\" requires 1",
                RawClient.field(error, 'M'));
        assertEquals("08P01", RawClient.field(error, 'C'));
    }

    /** The last text of each connection of the proxy. */
    private List<String> lastQueries() throws SQLException {
        return database.query("SELECT query FROM pg_stat_activity WHERE datname = current_database()"
                + " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND query <> ''"
                + " AND query NOT LIKE 'SHOW %'");
    }
}
