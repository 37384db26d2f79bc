// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a session keeps the only backend, and when it gives it back. */
@ExtendWith(PostgresExtension.class)
final class PinsIT {
    private TestDatabase database;
    private ProxyFixture proxy;
    private RawClient client;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException, IOException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 1, Planners.unmirrored());
        client = RawClient.login(proxy.port(), fresh.server().user(), ProxyFixture.TENANT);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        proxy.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"INSERT INTO item VALUES (1, '%s')", "SELECT length('%s')", "BEGIN|SELECT '%s'|COMMIT"})
    void aLongTextKeepsItsBackendForItsTransactionOnly(String script) throws IOException {
        run(script.replace("%s", "x".repeat(2_000_000)));
        assertEquals(List.of(), pinned());
        assertEquals("TDC[SELECT 1]ZI", another("SELECT 1"));
    }

    @Test
    void aLongTextThatIsPreparedKeepsItsBackendUntilItIsClosed() throws IOException {
        String text = "SELECT length('" + "x".repeat(2_000_000) + "')";
        assertEquals("1ZI", client.parse("long", text).sync().summary());
        assertEquals(
                "2DC[SELECT 1]ZI", client.bind("", "long").execute("").sync().summary());
        assertEquals(List.of("UNKNOWN"), pinned());
        assertEquals("3ZI", client.closeStatement("long").sync().summary());
        assertEquals(List.of(), pinned());
        assertEquals(
                "12DC[SELECT 1]ZI",
                client.parse("", text).bind("", "").execute("").sync().summary());
        assertEquals("1ZI", client.parse("", "SELECT 1").sync().summary());
        assertEquals(List.of(), pinned());
    }

    @Test
    void veryManyStatementsThatCanLeaveSomethingKeepTheirBackend() throws IOException {
        run("SET work_mem = '77MB';".repeat(1_001));
        assertEquals(List.of("UNKNOWN"), pinned());
    }

    @Test
    void aLongTextThatCanLeaveSomethingKeepsItsBackend() throws IOException {
        run("SELECT set_config('work_mem', '77MB', false), length('" + "x".repeat(2_000_000) + "')");
        assertEquals(List.of("UNKNOWN"), pinned());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LISTEN a|LISTEN b|UNLISTEN a|UNLISTEN b",
                "LISTEN a|UNLISTEN *",
                "BEGIN|LISTEN a|ROLLBACK",
                "BEGIN|LISTEN a|UNLISTEN a|COMMIT",
                "LISTEN a; SELECT 1/0",
                "DECLARE h CURSOR WITH HOLD FOR SELECT 1|CLOSE h",
                "BEGIN|DECLARE h CURSOR WITH HOLD FOR SELECT 1|ROLLBACK",
                "BEGIN|SAVEPOINT s|DECLARE h CURSOR WITH HOLD FOR SELECT 1|ROLLBACK TO s|COMMIT",
                "SELECT pg_advisory_lock(1), pg_advisory_lock(1)|SELECT pg_advisory_unlock(1)|SELECT pg_advisory_unlock(1)",
                "BEGIN|SELECT pg_advisory_lock(1)|SELECT pg_advisory_unlock(1)|COMMIT",
                "SELECT pg_advisory_lock_shared(1)|SELECT pg_advisory_unlock_all()",
                "CREATE TEMP TABLE t (a int)|DROP TABLE t",
                "CREATE TEMP TABLE t (a int)|CREATE TEMP VIEW v AS SELECT 1|DISCARD TEMP",
                "BEGIN|CREATE TEMP TABLE t (a int)|ROLLBACK",
                "BEGIN|CREATE TEMP TABLE t (a int)|DROP TABLE t|COMMIT",
                "CREATE TEMP TABLE t (a nosuch)",
                "LISTEN a|CREATE TEMP TABLE t (a int)|DROP TABLE t|UNLISTEN a",
                "LISTEN a|CREATE TEMP TABLE t (a int)|DISCARD ALL"
            })
    void aSessionIsFreeWhenItsReasonHasEnded(String script) throws IOException {
        run(script);
        assertEquals(List.of(), pinned());
        assertEquals("TDC[SELECT 1]ZI", another("SELECT 1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LISTEN|LISTEN a|LISTEN b|UNLISTEN a",
                "LISTEN|LISTEN a|BEGIN|UNLISTEN a|ROLLBACK",
                "HOLD_CURSOR|DECLARE h CURSOR WITH HOLD FOR SELECT 1|DECLARE i CURSOR WITH HOLD FOR SELECT 1|CLOSE h",
                "ADVISORY_LOCK|SELECT pg_advisory_lock(1), pg_advisory_lock(1)|SELECT pg_advisory_unlock(1)",
                "ADVISORY_LOCK|SELECT pg_advisory_lock(1)|SELECT pg_advisory_unlock(2)",
                "ADVISORY_LOCK|BEGIN|SELECT pg_advisory_lock(1)|ROLLBACK",
                "TEMPORARY_OBJECT|CREATE TEMP TABLE t (a int)|CREATE TEMP TABLE u (a int)|DROP TABLE t",
                "TEMPORARY_OBJECT|CREATE TEMP TABLE t (a int)|BEGIN|DROP TABLE t|ROLLBACK",
                "TEMPORARY_OBJECT|CREATE TEMP TABLE t (a int)|CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'|DROP TABLE t",
                "TEMPORARY_OBJECT|CREATE TYPE pg_temp.e AS ENUM ('a')|DROP TABLE IF EXISTS nosuch",
                "UNKNOWN|DO $$ BEGIN END $$|UNLISTEN *"
            })
    void aSessionKeepsItsBackendWhileAReasonHolds(String script) throws IOException {
        run(script.substring(script.indexOf('|') + 1));
        assertEquals(List.of(script.substring(0, script.indexOf('|'))), pinned());
    }

    @Test
    void aReasonRenewedWhileTheServerIsAskedStays() throws IOException {
        client.query("LISTEN a").query("CREATE TEMP TABLE t (a int)").query("DROP TABLE t");
        client.query("CREATE TEMP TABLE t (a int)").query("UNLISTEN a").query("CREATE TEMP TABLE u (a int)");
        for (int i = 0; i < 6; i++) {
            client.summary();
        }
        assertEquals(List.of("TEMPORARY_OBJECT"), pinned());
    }

    @Test
    void theUnnamedStatementSurvivesTheQuestion() throws IOException {
        client.query("LISTEN a").summary();
        client.parse("", "UNLISTEN a")
                .bind("", "")
                .execute("")
                .parse("", "SELECT 7")
                .sync()
                .summary();
        client.bind("", "").execute("").sync();
        assertEquals("2DC[SELECT 1]ZI", client.summary());
    }

    /** Sends one text after another. */
    private void run(String script) throws IOException {
        for (String sql : script.split("\\|")) {
            client.query(sql).summary();
        }
    }

    /** The reasons, once the server has been asked: the statement's answer comes behind that to the question. */
    private List<String> pinned() throws IOException {
        client.query("SELECT 1").summary();
        return proxy.routing().sessions().iterator().next().view().pinned();
    }

    private String another(String sql) throws IOException {
        try (RawClient other = RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT)) {
            return other.query(sql).summary();
        }
    }
}
