// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two tenants in one database, each with a role that has rights on its own schema, and a third role that both share: no
 * client reaches the other tenant's rows by anything it can send.
 */
@ExtendWith(PostgresExtension.class)
final class TenantCrossingIT {
    @TempDir
    private Path directory;

    private TestDatabase app;
    private String acme;
    private String globex;
    private String shared;
    private WholeProxy proxy;

    @BeforeEach
    void setUp(TestDatabase fresh, TestDatabase control) throws Exception {
        app = fresh;
        acme = app.name() + "_acme";
        globex = app.name() + "_globex";
        shared = app.name() + "_shared";
        for (String role : List.of(acme, globex, shared)) {
            app.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'secret'");
        }
        String keeper = control.name() + "_keeper";
        app.execute("CREATE ROLE " + keeper + " LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE " + control.name()
                + " TO " + keeper);
        for (String tenant : List.of("acme", "globex")) {
            app.execute("CREATE SCHEMA " + tenant + "; CREATE TABLE " + tenant + ".note (text text);"
                    + "INSERT INTO " + tenant + ".note VALUES ('of " + tenant + "');"
                    + "GRANT USAGE ON SCHEMA " + tenant + " TO " + app.name() + "_" + tenant + ", " + shared + ";"
                    + "GRANT ALL ON " + tenant + ".note TO " + app.name() + "_" + tenant + ", " + shared);
        }
        proxy = WholeProxy.start(Files.writeString(directory.resolve("cutover.yaml"), """
                listen: {port: 0}
                admin: {port: 0, token: %s}
                control: {url: "%s", user: %s, password: secret}
                auth: {users: {%s: {password: secret}, %s: {password: secret}, %s: {password: secret}}}
                clusters: {main: {host: "%s", port: %d, pool: {size: 1}}}
                tenants:
                  acme: {blue: {cluster: main, database: %9$s, schema: acme}, shares-roles-with: [globex]}
                  globex: {blue: {cluster: main, database: %9$s, schema: globex}}
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        keeper,
                        acme,
                        globex,
                        shared,
                        app.server().host(),
                        app.server().port(),
                        app.name())));
    }

    @AfterEach
    void tearDown() {
        proxy.close();
    }

    @Test
    void eachRoleReadsItsOwnTenant() throws SQLException {
        assertEquals(List.of("of acme"), read("acme", acme, "", "SELECT text FROM note"));
        assertEquals(List.of("of globex"), read("globex", globex, "", "SELECT text FROM note"));
    }

    @Test
    void theOthersDatabaseInTheStartupMessageIsNoUse() {
        assertEquals("42501", refusal("globex", acme, "", "SELECT text FROM globex.note"));
        assertEquals("42P01", refusal("globex", acme, "", "SELECT text FROM note"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-csearch_path=globex", "--search_path=globex", "-crole=ROLE", "-csession_authorization=ROLE"})
    void startupOptionsAreNoUse(String option) {
        assertEquals("42501", refusal("acme", acme, option.replace("ROLE", globex), "SELECT text FROM globex.note"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET search_path = globex",
                "SELECT set_config('search_path', 'globex', false)",
                "BEGIN; SET LOCAL search_path = globex",
                "SET SESSION search_path TO \"globex\", public"
            })
    void aSearchPathIsNoUse(String set) throws SQLException {
        try (Connection client = proxy.connect("acme", acme, "secret");
                Statement statement = client.createStatement()) {
            statement.execute(set);

            SQLException refused =
                    assertThrows(SQLException.class, () -> statement.execute("INSERT INTO note VALUES ('mine')"));

            // The server does not even look into a schema on which the role has no rights.
            assertEquals("42P01", refused.getSQLState());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET ROLE ", "SET SESSION AUTHORIZATION ", "SET LOCAL ROLE "})
    void anotherRoleIsRefused(String set) throws SQLException {
        try (Connection client = proxy.connect("acme", acme, "secret");
                Statement statement = client.createStatement()) {
            SQLException refused = assertThrows(SQLException.class, () -> statement.execute(set + globex));

            assertEquals("42501", refused.getSQLState());
        }
    }

    /** One backend connection, one role, one name (pgjdbc's is S_1), one text: still each tenant's own rows. */
    @Test
    void aSharedRolesPreparedStatementsStayWithTheirTenant() throws SQLException {
        try (Connection first = prepared("acme");
                Connection second = prepared("globex");
                PreparedStatement ofFirst = first.prepareStatement("SELECT text FROM note");
                PreparedStatement ofSecond = second.prepareStatement("SELECT text FROM note")) {
            for (int i = 0; i < 3; i++) {
                assertEquals(List.of("of acme"), values(ofFirst.executeQuery()));
                assertEquals(List.of("of globex"), values(ofSecond.executeQuery()));
            }
        }
    }

    @Test
    void aSharedRolesSearchPathDoesNotStayBehind() throws SQLException {
        try (Connection first = prepared("acme");
                Connection second = prepared("globex");
                Statement ofFirst = first.createStatement();
                Statement ofSecond = second.createStatement()) {
            ofFirst.execute("SET search_path = acme, pg_temp");

            assertEquals(List.of("of globex"), values(ofSecond.executeQuery("SELECT text FROM note")));
            assertEquals(List.of("of acme"), values(ofFirst.executeQuery("SELECT text FROM note")));
        }
    }

    private Connection prepared(String tenant) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + tenant + "?prepareThreshold=1", shared, "secret");
    }

    private List<String> read(String tenant, String role, String options, String sql) throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + tenant + "?options=" + options;
        try (Connection client = DriverManager.getConnection(url, role, "secret");
                Statement statement = client.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return values(rows);
        }
    }

    private static List<String> values(ResultSet rows) throws SQLException {
        List<String> values = new ArrayList<>();
        while (rows.next()) {
            values.add(rows.getString(1));
        }
        return values;
    }

    private String refusal(String tenant, String role, String options, String sql) {
        return assertThrows(SQLException.class, () -> read(tenant, role, options, sql))
                .getSQLState();
    }
}
