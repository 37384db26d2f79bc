// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tenant's schema is {@code ñ1}. Sessions with different encodings share one backend, and all reach that schema. */
@ExtendWith(PostgresExtension.class)
final class NamesBeyondAsciiIT {
    /** What the bytes of {@code ñ1} in UTF-8 are in LATIN1, and what its byte in LATIN1 is in WIN1251. */
    private static final List<String> LOOK_ALIKES = List.of("Ã±1", "с1");

    private TestDatabase database;
    private ProxyFixture proxy;
    private RawClient first;
    private RawClient second;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException, IOException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 1, Planners.unmirrored());
        for (String schema : List.of("ñ1", "ñ2", LOOK_ALIKES.get(0), LOOK_ALIKES.get(1))) {
            fresh.execute("CREATE SCHEMA \"" + schema + "\"; CREATE TABLE \"" + schema + "\".t (a text)");
        }
        Route now = proxy.routing().route();
        proxy.routing()
                .publish(new Route(
                        now.tenant(),
                        now.epoch() + 1,
                        Side.BLUE,
                        now.cluster(),
                        now.database(),
                        "ñ1",
                        List.of("ñ1"),
                        Set.of("ñ1", "ñ2"),
                        now.planner(),
                        "1"));
        first = login("");
        second = sharing("");
    }

    @AfterEach
    void stop() throws IOException {
        first.close();
        second.close();
        proxy.close();
    }

    @ParameterizedTest
    @CsvSource({"LATIN1, UTF8", "WIN1251, UTF8", "UTF8, LATIN1", "LATIN1, WIN1251", "SJIS, UTF8", "WIN1251, WIN1252"})
    void everySessionWritesToTheTenantsSchema(String one, String other) throws IOException, SQLException {
        for (int i = 0; i < 2; i++) {
            done(first, "SET client_encoding TO " + one);
            done(second, "SET client_encoding TO " + other);
            done(first, "INSERT INTO t VALUES ('first')");
            done(second, "INSERT INTO t VALUES ('second')");
            done(first, "RESET client_encoding");
            done(first, "INSERT INTO t VALUES ('reset')");
        }

        assertEquals(List.of("first 2", "reset 2", "second 2"), rows("ñ1"));
        assertEquals(List.of(), rows(LOOK_ALIKES.get(0)));
        assertEquals(List.of(), rows(LOOK_ALIKES.get(1)));
    }

    /** The first one leaves its encoding and its path on the backend. */
    @ParameterizedTest
    @CsvSource({"LATIN1", "WIN1251"})
    void aLeftoverEncodingDoesNotChangeThePathsName(String encoding) throws IOException, SQLException {
        done(first, "SET client_encoding TO " + encoding);
        done(first, "SET search_path TO public");
        done(first, "SELECT 1");

        done(second, "INSERT INTO t VALUES ('second')");

        assertEquals(List.of("second 1"), rows("ñ1"));
    }

    @ParameterizedTest
    @CsvSource({"LATIN1", "WIN1252", "UTF8"})
    void anOwnPathInAnyEncodingKeepsItsName(String encoding) throws IOException, SQLException {
        Charset charset = encoding.equals("UTF8") ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
        done(first, "SET client_encoding TO " + encoding);
        // The idle side's name means the serving side.
        first.send('Q', RawClient.join("SET search_path TO \"ñ2\"".getBytes(charset), new byte[1]));
        assertEquals("C[SET]ZI", first.summary());
        done(second, "SELECT 1");

        done(first, "INSERT INTO t VALUES ('first')");

        assertEquals(List.of("first 1"), rows("ñ1"));
    }

    @Test
    void aPathInTheStartupMessageKeepsItsName() throws IOException, SQLException {
        second.close();
        second = login("-csearch_path=ñ2 -cclient_encoding=LATIN1");
        done(second, "INSERT INTO t VALUES ('second')");
        done(first, "INSERT INTO t VALUES ('first')");

        assertEquals(List.of("first 1", "second 1"), rows("ñ1"));
    }

    /** The same bytes say something else in another encoding. */
    @Test
    void aPreparedStatementIsNotSharedBetweenEncodings() throws IOException, SQLException {
        done(first, "SET client_encoding TO LATIN1");
        first.parse("s", "INSERT INTO t VALUES ('ñ')").bind("", "s").execute("").sync();
        assertEquals("12C[INSERT 0 1]ZI", first.summary());

        second.parse("s", "INSERT INTO t VALUES ('ñ')")
                .bind("", "s")
                .execute("")
                .sync();

        assertEquals("12C[INSERT 0 1]ZI", second.summary());
        assertEquals(List.of("Ã± 1", "ñ 1"), rows("ñ1"));
    }

    private List<String> rows(String schema) throws SQLException {
        return database.query(
                "SELECT a || ' ' || count(*) FROM \"" + schema + "\".t GROUP BY a ORDER BY a COLLATE \"C\"");
    }

    private static void done(RawClient client, String sql) throws IOException {
        String summary = client.query(sql).summary();
        assertEquals(false, summary.contains("E["), () -> sql + ": " + summary);
    }

    private RawClient sharing(String options) throws IOException {
        while (true) {
            RawClient candidate = login(options);
            if (pid(first).equals(pid(candidate))) {
                return candidate;
            }
            candidate.close();
        }
    }

    private static String pid(RawClient client) throws IOException {
        return client.query("SELECT pg_backend_pid()").untilReady().stream()
                .filter(message -> message.type() == 'D')
                .map(RawClient.Message::text)
                .findFirst()
                .orElseThrow();
    }

    private RawClient login(String options) throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT, options);
    }
}
