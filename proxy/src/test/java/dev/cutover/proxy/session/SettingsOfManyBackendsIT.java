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
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two sessions share the only backend, and each finds its own settings on it. */
@ExtendWith(PostgresExtension.class)
final class SettingsOfManyBackendsIT {
    private TestDatabase database;
    private ProxyFixture proxy;
    private RawClient one;
    private RawClient other;

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException, IOException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 1, Planners.unmirrored());
        one = login();
        other = login();
    }

    @AfterEach
    void stop() throws IOException {
        one.close();
        other.close();
        proxy.close();
    }

    @Test
    void aDateStyleThatWasSetInPartsIsReplayedWhole() throws IOException {
        one.query("SET datestyle TO SQL").summary();
        one.query("SET datestyle TO dmy").summary();
        other.query("SET datestyle TO German").summary();
        assertEquals("SQL, DMY", value(one, "SHOW datestyle"));
        other.query("SET datestyle TO ISO").summary();
        assertEquals("ISO, DMY", value(other, "SHOW datestyle"));
        assertEquals("SQL, DMY", value(one, "SHOW datestyle"));
    }

    @Test
    void halfADateStyleDoesNotTakeTheOtherHalfFromAnotherSession() throws IOException {
        one.query("SET datestyle TO SQL, DMY").summary();
        other.query("SET datestyle TO ISO").summary();
        assertEquals("ISO, MDY", value(other, "SHOW datestyle"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pg_settings",
                "ONLY pg_catalog.pg_settings",
                "ONLY (pg_settings)",
                "\"pg_catalog\".\"pg_settings\"",
                "DATABASE.pg_catalog.pg_settings AS s",
                "U&\"pg\\005fsettings\""
            })
    void anUpdateOfPgSettingsPinsItsSession(String target) throws IOException {
        one.query("UPDATE " + target.replace("DATABASE", database.name())
                        + " SET setting = '77MB' WHERE name = 'work_mem'")
                .summary();
        one.query("SELECT 1").summary();
        Set<String> reasons = new TreeSet<>();
        proxy.routing()
                .sessions()
                .forEach(session -> reasons.addAll(session.view().pinned()));
        assertEquals(Set.of("UNTRACKED_SETTING", "UNTRACKED_PATH"), reasons);
        assertEquals("77MB", value(one, "SHOW work_mem"));
    }

    @Test
    void aNewDefaultReachesNewSessions() throws IOException {
        assertEquals("4MB", value(one, "SHOW work_mem"));
        one.query("ALTER DATABASE " + database.name() + " SET work_mem = '77MB'")
                .summary();
        try (RawClient next = login()) {
            assertEquals("77MB", value(next, "SHOW work_mem"));
        }
        one.query("ALTER DATABASE " + database.name() + " SET datestyle = 'SQL, DMY'")
                .summary();
        try (RawClient next = login()) {
            assertEquals("SQL, DMY", value(next, "SHOW datestyle"));
        }
    }

    @Test
    void aTextPreparedUnderTwoPathsInOneBlockIsTwoStatements() throws SQLException, IOException {
        database.execute("CREATE SCHEMA a; CREATE TABLE a.two (x int); INSERT INTO a.two VALUES (1);"
                + "CREATE SCHEMA b; CREATE TABLE b.two (x int, y text); INSERT INTO b.two VALUES (2, 'b')");
        one.query("BEGIN").summary();
        one.query("SET search_path TO a").summary();
        one.parse("s", "SELECT * FROM two")
                .describeStatement("s")
                .bind("", "s")
                .execute("")
                .sync();
        assertEquals("1tT2DC[SELECT 1]ZT", one.summary());
        one.query("SET search_path TO b").summary();
        one.parse("t", "SELECT * FROM two")
                .describeStatement("t")
                .bind("", "t")
                .execute("")
                .sync();
        assertEquals("1tT2DC[SELECT 1]ZT", one.summary());
        one.query("COMMIT").summary();
        assertEquals("2DC[SELECT 1]ZI", one.bind("", "t").execute("").sync().summary());
    }

    private RawClient login() throws IOException {
        return RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT);
    }

    private static String value(RawClient client, String sql) throws IOException {
        return client.query(sql).untilReady().stream()
                .filter(message -> message.type() == 'D')
                .map(row -> row.text().substring(6))
                .findFirst()
                .orElseThrow();
    }
}
