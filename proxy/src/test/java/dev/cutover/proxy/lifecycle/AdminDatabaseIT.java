// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin database, as operators' clients use it. */
@ExtendWith(PostgresExtension.class)
class AdminDatabaseIT {
    @TempDir
    private static Path directory;

    private static TestDatabase control;
    private static String user;
    private static WholeProxy proxy;

    @BeforeAll
    static void setUp(TestDatabase app, TestDatabase controlDatabase) throws Exception {
        control = controlDatabase;
        TestServer server = app.server();
        user = server.user();
        app.execute("CREATE SCHEMA v1; CREATE TABLE v1.t (id int PRIMARY KEY);"
                + "CREATE SCHEMA v2; CREATE TABLE v2.t (id int PRIMARY KEY);");
        proxy = WholeProxy.start(Files.writeString(directory.resolve("cutover.yaml"), """
                listen: {port: 0}
                admin: {port: 0, token: %1$s, users: [dba]}
                control: {url: "%2$s", user: "%3$s", password: "%4$s"}
                auth: {method: trust, users: {"%3$s": {password: "%4$s"}}}
                clusters: {main: {host: "%5$s", port: %6$d}}
                tenants:
                  acme:
                    blue: {cluster: main, database: %7$s, schema: v1}
                    green: {cluster: main, database: %7$s, schema: v2}
                    maintenance: {user: "%3$s", password: "%4$s"}
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        user,
                        server.password().isEmpty() ? "none" : server.password(),
                        server.host(),
                        server.port(),
                        app.name())));
    }

    @AfterAll
    static void tearDown() {
        proxy.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "extendedForPrepared", "extendedCacheEverything"})
    void pgjdbcReadsItInEachOfItsModes(String mode) throws Exception {
        try (Connection admin = connect("dba", "preferQueryMode=" + mode)) {
            assertEquals(List.of("acme|acme|"), firstTwo(admin, "SHOW TENANTS"));
        }
    }

    @Test
    void aDriverThatBeginsTransactionsIsServed() throws Exception {
        try (Connection admin = connect("dba", "")) {
            admin.setAutoCommit(false);
            assertEquals(1, rows(admin, "SHOW VERSION").size());
            admin.commit();
            admin.rollback();
        }
    }

    @Test
    void psycopgReadsIt() throws Exception {
        String printed = script("admin.py", directory, "/usr/bin/python3");
        assertEquals("['tenant', 'database'] [('acme', 'acme')]\n1 SHOW\n42601\n[]\n", printed);
    }

    @Test
    void thePackageFromNpmReadsIt() throws Exception {
        NodePackage.install();
        String printed = script("admin.js", NodePackage.FOLDER, "node");
        assertEquals("[ 'tenant', 'database' ] [ [ 'acme', 'acme' ] ]\n1 SHOW\n42601\n[]\n", printed);
    }

    private static String script(String name, Path folder, String interpreter) throws Exception {
        Path script = folder.resolve(name);
        try (InputStream text = Objects.requireNonNull(AdminDatabaseIT.class.getResourceAsStream("clients/" + name))) {
            Files.copy(text, script, StandardCopyOption.REPLACE_EXISTING);
        }
        ProcessBuilder builder = new ProcessBuilder(interpreter, script.toString()).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "PGHOST", "127.0.0.1",
                        "PGPORT", Integer.toString(proxy.port()),
                        "PGUSER", "dba",
                        "PGDATABASE", "cutover"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    @Test
    void sessionsPoolsAndBackendsAreShown() throws Exception {
        try (Connection client = proxy.connect("acme", user, "none");
                Connection admin = connect("dba", "")) {
            client.createStatement().execute("CREATE TEMPORARY TABLE mine (a int)");
            assertEquals(1, rows(admin, "SHOW SESSIONS").size());
            assertEquals(1, rows(admin, "SHOW CLIENTS").size());
            assertTrue(rows(admin, "SHOW PINS").toString().contains("TEMPORARY_OBJECT"));
            assertTrue(rows(admin, "SHOW POOLS").toString().contains("main, "));
            assertTrue(rows(admin, "SHOW SERVERS").toString().contains("active"));
            assertTrue(rows(admin, "SHOW STATS").toString().contains("total_xact_count"));
            assertTrue(rows(admin, "SHOW DATABASES").toString().contains("transaction"));
            assertTrue(rows(admin, "SHOW LISTS").contains(List.of("used_clients", "1")));
            assertTrue(rows(admin, "SHOW LISTS").contains(List.of("used_servers", "1")));
            assertTrue(rows(admin, "SHOW HELP").toString().contains("FLIP tenant"));
        }
    }

    @Test
    void psqlFlipsATenantAndRollsItBack() throws Exception {
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");
        String told = psql("flip acme; show tenants; ROLLBACK \"acme\";");
        assertTrue(
                told.contains("acme|green|3|") && told.contains("REVERSIBLE") && told.contains("acme|blue|4|"), told);
        assertEquals(
                List.of("dba in the admin database", "dba in the admin database"),
                control.query("SELECT actor FROM cutover.audit WHERE command IN ('flip', 'rollback') ORDER BY id"));
        // A flip that does not fit the phase.
        proxy.run("acme", "abort");
        assertEquals("55000", state("FLIP acme"));
    }

    @Test
    void whatIsNoCommandIsRefusedWithThoseThereAre() {
        assertEquals("42601", state("SELECT 1"));
        assertEquals("42601", state("SHOW ME"));
        assertEquals("42601", state("FLIP"));
        assertEquals("42601", state("ROLLBACK acme now"));
        assertEquals("42704", state("FLIP nobody"));
        SQLException refusal = assertThrows(SQLException.class, () -> run("DROP TABLE t"));
        assertTrue(refusal.getMessage().contains("FLIP tenant"), refusal.getMessage());
    }

    @Test
    void anErrorDoesNotEndTheSession() throws Exception {
        try (Connection admin = connect("dba", "")) {
            assertThrows(SQLException.class, () -> rows(admin, "SHOW ME"));
            assertEquals(1, rows(admin, "SHOW VERSION").size());
        }
    }

    @Test
    void whoIsNoOperatorIsRefused() {
        SQLException refusal = assertThrows(SQLException.class, () -> connect(user, ""));
        assertEquals("28000", refusal.getSQLState());
    }

    private static String state(String sql) {
        return assertThrows(SQLException.class, () -> run(sql)).getSQLState();
    }

    private static void run(String sql) throws SQLException {
        try (Connection admin = connect("dba", "")) {
            admin.createStatement().execute(sql);
        }
    }

    private static Connection connect(String role, String options) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/cutover?sslmode=disable&" + options, role, "x");
    }

    private static List<List<String>> rows(Connection admin, String sql) throws SQLException {
        try (ResultSet result = admin.createStatement().executeQuery(sql)) {
            List<List<String>> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(result.getString(i));
                }
                rows.add(row);
            }
            return rows;
        }
    }

    private static List<String> firstTwo(Connection admin, String sql) throws SQLException {
        return rows(admin, sql).stream()
                .map(row -> row.get(0) + "|" + row.get(1) + "|")
                .toList();
    }

    private static String psql(String commands) throws Exception {
        Process psql = new ProcessBuilder(
                        "psql",
                        "host=127.0.0.1 port=" + proxy.port() + " dbname=cutover user=dba sslmode=disable",
                        "-At",
                        "-v",
                        "ON_ERROR_STOP=1",
                        "-c",
                        commands)
                .redirectErrorStream(true)
                .start();
        String output = new String(psql.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, psql.waitFor(), output);
        return output;
    }
}
