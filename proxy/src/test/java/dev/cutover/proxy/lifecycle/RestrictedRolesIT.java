// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole way of the shop with no superuser anywhere: the tables belong to one role, a member of it maintains, a third
 * one with grants is the application's, a fourth owns the control database. Runs on whatever server the tests run on, so
 * it is also what is run against each supported version.
 */
@ExtendWith(PostgresExtension.class)
class RestrictedRolesIT {
    private static final Path SHOP =
            Path.of("../examples/shop").toAbsolutePath().normalize();
    private static final String PASSWORD = "secret";

    /** Both sides through the mapping, blue's way. */
    private static final String BLUE = "SELECT id || name || email || credit FROM acme_v1.customers UNION ALL"
            + " SELECT id || '|' || customer_id || status || total_cents FROM acme_v1.orders UNION ALL"
            + " SELECT sku || quantity || price_cents FROM acme_v1.stock UNION ALL"
            + " SELECT order_id || '|' || line_no || sku || quantity FROM acme_v1.order_lines ORDER BY 1";

    private static final String GREEN =
            "SELECT id || first_name || ' ' || last_name || email || credit FROM acme_v2.customers UNION ALL"
                    + " SELECT id || '|' || customer_id || state || total_cents FROM acme_v2.orders UNION ALL"
                    + " SELECT sku || quantity || price_cents FROM acme_v2.stock UNION ALL"
                    + " SELECT order_id || '|' || line_no || sku || quantity FROM acme_v2.order_lines ORDER BY 1";

    private static final String LEFTOVERS =
            "SELECT tgname::text FROM pg_trigger WHERE tgname LIKE 'cutover%' UNION ALL SELECT proname::text"
                    + " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'cutover' AND proname NOT IN ('unmirrored', 'fence')"
                    + " UNION ALL SELECT tbl FROM cutover.dirty_key UNION ALL SELECT tbl FROM cutover.parked"
                    + " UNION ALL SELECT conname::text FROM pg_constraint WHERE NOT convalidated AND connamespace = ";

    @TempDir
    private Path directory;

    private TestDatabase app;
    private String owner;
    private String maintenance;
    private String application;
    private WholeProxy proxy;

    @BeforeEach
    void setUp(TestDatabase app, TestDatabase control) throws Exception {
        this.app = app;
        owner = app.name() + "_owner";
        maintenance = app.name() + "_maintenance";
        application = app.name() + "_application";
        String keeper = control.name() + "_keeper";
        app.execute("CREATE ROLE " + owner + " LOGIN PASSWORD 'secret';"
                + "CREATE ROLE " + maintenance + " LOGIN PASSWORD 'secret' IN ROLE " + owner + ";"
                + "CREATE ROLE " + application + " LOGIN PASSWORD 'secret';"
                + "CREATE ROLE " + keeper + " LOGIN PASSWORD 'secret';"
                + "GRANT CREATE ON DATABASE " + app.name() + " TO " + maintenance + ", " + owner + ";"
                + "GRANT CREATE ON DATABASE " + control.name() + " TO " + keeper);
        try (Connection connection = direct(owner);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA acme_v1; SET search_path = acme_v1;"
                    + Files.readString(SHOP.resolve("db/V1__shop.sql")));
            statement.execute("GRANT USAGE ON SCHEMA acme_v1 TO " + application
                    + "; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA acme_v1 TO " + application
                    + "; GRANT USAGE ON ALL SEQUENCES IN SCHEMA acme_v1 TO " + application);
        }
        Path config = Files.writeString(directory.resolve("cutover.yaml"), yaml(app.server(), control, keeper));
        proxy = WholeProxy.start(config);
    }

    private Connection direct(String role) throws SQLException {
        return DriverManager.getConnection(app.url(), role, PASSWORD);
    }

    private String yaml(TestServer server, TestDatabase control, String keeper) {
        return """
                listen: {port: 0}
                admin: {port: 0, token: %s}
                control: {url: "%s", user: %s, password: secret}
                auth: {method: trust, users: {%s: {password: secret}}}
                clusters: {main: {host: "%s", port: %d}}
                tenants:
                  acme:
                    blue: {cluster: main, database: %7$s, schema: acme_v1}
                    green: {cluster: main, database: %7$s, schema: acme_v2}
                    maintenance: {user: %8$s, password: secret}
                    migrations: {locations: ["%9$s/db"]}
                    mapping: "%9$s/mapping/shop-v2.yaml"
                    drain-timeout: 5s
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        keeper,
                        application,
                        server.host(),
                        server.port(),
                        app.name(),
                        maintenance,
                        SHOP);
    }

    @AfterEach
    void tearDown() {
        proxy.close();
    }

    /** The client's statements change with it. */
    private void flip() throws Exception {
        Operation flip = proxy.attempt("acme", "flip", "{\"forced\": [\"old-statements-fit\"]}");
        assertEquals(Operation.State.SUCCEEDED, flip.state(), () -> flip.message() + flip.findings());
    }

    @Test
    void theWholeWayNeedsNoSuperuser() throws Exception {
        try (Connection client = proxy.connect("acme", application, PASSWORD)) {
            blueWrites(client, "before");
            proxy.run("acme", "prepare");
            blueWrites(client, "prepared");
            proxy.run("acme", "mirror");
            blueWrites(client, "mirroring");
            proxy.run("acme", "backfill", "verify");
            blueWrites(client, "ready");
            flip();
            greenWrites(client, "flipped");
            proxy.run("acme", "verify", "rollback");
            blueWrites(client, "back");
            proxy.run("acme", "verify");
            flip();
            greenWrites(client, "again");
            proxy.run("acme", "verify");
            proxy.awaitNoMarks("acme");
            assertEquals(app.query(BLUE), app.query(GREEN));
            proxy.run("acme", "complete");
            greenWrites(client, "completed");
        }
        assertEquals(Phase.STEADY, proxy.status("acme").phase());
        assertEquals(Side.GREEN, proxy.status("acme").serving());
        assertEquals(List.of("16"), app.query("SELECT count(*) FROM acme_v2.orders"));
        assertEquals(List.of(), app.query(LEFTOVERS + "'acme_v2'::regnamespace"));
        assertEquals(
                List.of(owner),
                app.query("SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relkind = 'r'"
                        + " AND relnamespace = 'acme_v2'::regnamespace AND relname <> 'flyway_schema_history'"
                        + " AND relname <> 'loyalty'"));
    }

    @Test
    void abortLeavesTheApplicationWithItsRights() throws Exception {
        try (Connection client = proxy.connect("acme", application, PASSWORD)) {
            proxy.run("acme", "prepare", "mirror");
            blueWrites(client, "mirroring");
            proxy.run("acme", "abort");

            blueWrites(client, "aborted");
        }

        assertEquals(List.of("4"), app.query("SELECT count(*) FROM acme_v1.orders"));
        assertEquals(List.of(), app.query(LEFTOVERS + "'acme_v1'::regnamespace"));
    }

    /** The owner is subject to the policy: without an error it would copy no row and find both sides equal. */
    @Test
    void aTableWhosePoliciesHideRowsFromMaintenanceIsNamed() throws Exception {
        try (Connection connection = direct(owner);
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO acme_v1.stock VALUES ('hidden', 1, 1);"
                    + "ALTER TABLE acme_v1.stock ENABLE ROW LEVEL SECURITY;"
                    + "ALTER TABLE acme_v1.stock FORCE ROW LEVEL SECURITY;"
                    + "CREATE POLICY nobody ON acme_v1.stock USING (false)");
        }

        AssertionError failed =
                assertThrows(AssertionError.class, () -> proxy.run("acme", "prepare", "mirror", "backfill", "verify"));

        assertTrue(failed.getMessage().contains("row-level security policy for table \"stock\""), failed::getMessage);
    }

    /** Settings of the role, as an administrator may have made them, change nothing that maintenance sessions do. */
    @Test
    void settingsOfTheMaintenanceRoleDoNotMatter() throws Exception {
        app.execute("ALTER ROLE " + maintenance + " SET default_transaction_read_only = on; ALTER ROLE " + maintenance
                + " SET statement_timeout = '1ms'; ALTER ROLE " + maintenance
                + " SET default_transaction_isolation = 'serializable'; ALTER ROLE " + maintenance
                + " SET DateStyle = 'SQL, DMY'; ALTER ROLE " + maintenance + " SET extra_float_digits = -5");

        try (Connection client = proxy.connect("acme", application, PASSWORD)) {
            blueWrites(client, "before");
            proxy.run("acme", "prepare", "mirror", "backfill", "verify");
            flip();
            greenWrites(client, "flipped");
            proxy.run("acme", "verify");
            proxy.awaitNoMarks("acme");
        }

        assertEquals(app.query(BLUE), app.query(GREEN));
    }

    /** What a role of the tenant could once do: mark for others, and make a trigger with a function of the net. */
    @Test
    void theApplicationReachesNoOtherTenantThroughTheMarks() throws Exception {
        proxy.run("acme", "prepare", "mirror");
        String net = app.query("SELECT p.oid::regproc::text FROM pg_proc p WHERE p.proname LIKE 'net\\_%' LIMIT 1")
                .get(0);
        String stock = app.query("SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'v'"
                        + " AND pg_get_viewdef(c.oid) LIKE '%::integer%' AND c.relname LIKE 'mark\\_%' LIMIT 1")
                .get(0);

        try (Connection client = direct(application);
                Statement statement = client.createStatement()) {
            for (String attempt : List.of(
                    "INSERT INTO cutover.dirty_key (tenant, side, tbl, key) VALUES ('globex', 'BLUE', 't', '[1]')",
                    "INSERT INTO cutover.dirty_key (tenant, side, tbl, key) VALUES ('acme', 'PURPLE', 't', '[1]')",
                    "INSERT INTO " + stock + " (tenant, side, tbl, key) VALUES ('globex', 'BLUE', 't', '[1]')",
                    "SELECT * FROM " + stock,
                    "CREATE TEMP TABLE mine (id int); CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW"
                            + " EXECUTE FUNCTION " + net + "()",
                    "CREATE TEMP TABLE yours (id int); CREATE TRIGGER yours AFTER INSERT ON yours FOR EACH ROW"
                            + " EXECUTE FUNCTION cutover.fence('acme', '', '')")) {
                SQLException refused = assertThrows(SQLException.class, () -> statement.execute(attempt), attempt);
                assertEquals("42501", refused.getSQLState(), attempt + ": " + refused.getMessage());
            }
            SQLException unreadable = assertThrows(
                    SQLException.class,
                    () -> statement.execute("INSERT INTO " + stock + " (key) VALUES ('[\"no number\"]')"));
            // The type does not read it, or the key has another number of columns.
            assertTrue(List.of("22P02", "44000").contains(unreadable.getSQLState()), unreadable::getMessage);
        }
        assertEquals(List.of("0"), app.query("SELECT count(*) FROM cutover.dirty_key"));
    }

    /** The last id is the application's own, also while its writes leave marks. */
    @Test
    void lastvalIsTheClientsOwnWhileWritesMark() throws Exception {
        proxy.run("acme", "prepare", "mirror");

        try (Connection client = proxy.connect("acme", application, PASSWORD);
                Statement statement = client.createStatement()) {
            client.setAutoCommit(false);
            statement.execute("INSERT INTO customers (name, email) VALUES ('Ada', 'ada@example.com')");
            statement.execute("UPDATE customers SET id = id + 0 WHERE name = 'Ada'");
            statement.execute("DELETE FROM customers WHERE name = 'Ada'");
            try (ResultSet last = statement.executeQuery("SELECT lastval()")) {
                last.next();
                assertEquals(1, last.getLong(1));
            }
            client.rollback();
        }
    }

    @Test
    void theApplicationCannotReadTheMarks() throws Exception {
        proxy.run("acme", "prepare", "mirror");

        try (Connection client = proxy.connect("acme", application, PASSWORD);
                Statement statement = client.createStatement()) {
            SQLException refused =
                    assertThrows(SQLException.class, () -> statement.execute("SELECT * FROM cutover.dirty_key"));
            assertEquals("42501", refused.getSQLState());
        }
    }

    /** Mirrored and marked writes: RETURNING, ON CONFLICT, a cascade, an update that analysis leaves to the net. */
    private static void blueWrites(Connection client, String tag) throws SQLException {
        writes(client, tag, "name", "'Ada " + tag + "'", "status");
    }

    private static void greenWrites(Connection client, String tag) throws SQLException {
        writes(client, tag, "first_name, last_name", "'Ada', '" + tag + "'", "state");
    }

    private static void writes(Connection client, String tag, String names, String values, String status)
            throws SQLException {
        try (Statement statement = client.createStatement()) {
            statement.execute("INSERT INTO customers (" + names + ", email) VALUES (" + values + ", '" + tag
                    + "@example.com') RETURNING id");
            statement.execute("INSERT INTO stock VALUES ('sku', 10, 100) ON CONFLICT (sku) DO UPDATE SET quantity ="
                    + " stock.quantity + 1");
            for (int i = 0; i < 3; i++) {
                statement.execute("WITH o AS (INSERT INTO orders (customer_id) SELECT max(id) FROM customers"
                        + " RETURNING id) INSERT INTO order_lines SELECT id, 1, 'sku', 2 FROM o");
            }
            statement.execute("DELETE FROM orders WHERE id = (SELECT max(id) FROM orders)");
            statement.execute("UPDATE orders SET " + status + " = 'paid' WHERE id % 2 = 0");
        }
    }
}
