// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two tenants of one database mirror. An attacker has the role of acme's application, with the documented rights and no more,
 * and logs in both through the proxy and past it. Nothing that it sends reaches globex, the maintenance role, a token, or a
 * later client of acme.
 */
@ExtendWith(PostgresExtension.class)
class RedTeamIT {
    private static final String PASSWORD = "secret";
    private static final String SECRET_OF_GLOBEX = "nobody else reads this";

    private enum Way {
        PROXY,
        DIRECT
    }

    /** What is sent. {@code NET} is a function of the net, {@code MARKS} a view that the role marks through. */
    private enum Attempt {
        RUN_THE_NETS_FUNCTION_IN_A_TRIGGER(
                Way.DIRECT,
                "CREATE TEMP TABLE loot (id int)",
                "CREATE TRIGGER loot AFTER INSERT ON loot FOR EACH ROW EXECUTE FUNCTION NET()",
                "INSERT INTO loot VALUES (1)"),
        RUN_A_CAST_AS_THE_DEFINER(
                Way.DIRECT,
                "CREATE TYPE pg_temp.bait AS (x int)",
                "CREATE FUNCTION pg_temp.spring(pg_temp.bait) RETURNS json LANGUAGE plpgsql AS"
                        + " 'BEGIN EXECUTE ''GRANT MAINTENANCE TO ATTACKER''; RETURN null; END'",
                "CREATE CAST (pg_temp.bait AS json) WITH FUNCTION pg_temp.spring(pg_temp.bait) AS IMPLICIT",
                "CREATE TEMP TABLE loot (id pg_temp.bait)",
                "CREATE TRIGGER loot AFTER INSERT ON loot FOR EACH ROW EXECUTE FUNCTION NET()",
                "INSERT INTO loot VALUES (ROW(1)::pg_temp.bait)",
                "INSERT INTO MARKS (key) SELECT id FROM loot"),
        CALL_FUNCTIONS_OF_THE_SCHEMA(
                Way.DIRECT,
                "CREATE TEMP TABLE loot (id int)",
                "CREATE TRIGGER loot BEFORE INSERT ON loot EXECUTE FUNCTION cutover.fence('globex', '', '')",
                "INSERT INTO loot VALUES (1)"),
        CREATE_IN_THE_SCHEMA(
                Way.DIRECT,
                "CREATE TABLE cutover.loot (id int)",
                "CREATE OR REPLACE FUNCTION cutover.unmirrored(text) RETURNS boolean LANGUAGE sql AS 'SELECT false'",
                "CREATE FUNCTION cutover.unmirrored(varchar) RETURNS boolean LANGUAGE sql AS 'SELECT false'",
                "ALTER FUNCTION cutover.unmirrored(text) SET search_path = pg_temp",
                "DROP FUNCTION cutover.unmirrored(text) CASCADE"),
        TURN_THE_NET_OFF(
                Way.PROXY,
                "SET session_replication_role = replica",
                "ALTER TABLE acme_v1.note DISABLE TRIGGER ALL",
                "DROP TRIGGER cutover_fence ON acme_v2.note",
                "UPDATE note SET text = 'behind the net' WHERE id = 1",
                "SET cutover.unmirrored = 'never'",
                "UPDATE note SET text = 'behind the net' WHERE id = 2"),
        MARK_FOR_ANOTHER_TENANT(
                Way.DIRECT,
                "INSERT INTO cutover.dirty_key (tenant, side, tbl, key) VALUES ('globex', 'BLUE', 'note', '[1]')",
                "INSERT INTO MARKS (tenant, side, tbl, key) VALUES ('globex', 'BLUE', 'note', '[1]')",
                "INSERT INTO MARKS (id, key) VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff', '[1]')",
                "DELETE FROM MARKS",
                "DELETE FROM cutover.dirty_key",
                "TRUNCATE cutover.dirty_key",
                "LOCK TABLE cutover.dirty_key IN ACCESS EXCLUSIVE MODE",
                "INSERT INTO cutover_globex.dirty_key (tenant, side, tbl, key) VALUES ('globex', 'BLUE', 'note', '[1]')",
                "DELETE FROM cutover_globex.dirty_key"),
        POISON_ONES_OWN_MARKS(
                Way.DIRECT,
                "INSERT INTO MARKS (key) VALUES ('{\"a\": 1}')",
                "INSERT INTO MARKS (key) VALUES ('[\"no number\"]')",
                "INSERT INTO MARKS (key) VALUES ('[1, 2, 3]')",
                "INSERT INTO MARKS (key) VALUES ('null')",
                "INSERT INTO MARKS (key) VALUES ('[12345]')"),
        READ_THE_TOKEN(
                Way.DIRECT,
                "SELECT pg_get_triggerdef(oid) FROM pg_trigger",
                "SELECT prosrc, proconfig FROM pg_proc WHERE pronamespace = 'cutover'::regnamespace",
                "SELECT pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = 'cutover'::regnamespace AND relkind = 'v'",
                "SELECT query FROM pg_stat_activity",
                "SELECT * FROM cutover.parked",
                "SELECT * FROM cutover_globex.dirty_key",
                "SELECT * FROM cutover.dirty_key"),
        HAVE_THE_TOKEN_ECHOED(
                Way.PROXY,
                "INSERT INTO note VALUES (100, 'x') RETURNING current_query()",
                "INSERT INTO note VALUES (101, current_query())",
                "UPDATE note SET text = current_query() WHERE id = 3 RETURNING text",
                "SELECT text FROM note",
                "INSERT INTO note VALUES (102, 'x') RETURNING oops"),
        SEND_A_TOKEN(
                Way.PROXY,
                "/*cutover:00000000000000000000000000000000.00000000000000000000000000000000*/ DELETE FROM note",
                "DELETE FROM note /*cutover:*/",
                "SELECT '/*cutover:'"),
        INVENT_A_TOKEN(
                Way.DIRECT,
                "/*cutover:00000000000000000000000000000000.00000000000000000000000000000000*/"
                        + "UPDATE acme_v1.note SET text = 'unmarked?' WHERE id = 1",
                "/*cutover:00000000000000000000000000000000:00000000000000000000000000000000*/"
                        + "UPDATE acme_v2.note SET text = 'unfenced?' WHERE id = 2"),
        READ_THE_OTHER_TENANT(
                Way.PROXY,
                "SELECT * FROM globex_v1.note",
                "SELECT * FROM globex_v2.note",
                "SET search_path = globex_v1",
                "SELECT * FROM note WHERE text LIKE 'nobody%'",
                "SELECT query_to_xml('SELECT * FROM globex_v1.note', true, true, '')",
                "SET ROLE globex_role_of_this_test",
                "SELECT lo_export(1, '/tmp/x')"),
        LEAVE_SOMETHING_FOR_THE_NEXT_CLIENT(
                Way.PROXY,
                "SELECT query_to_xml('SELECT set_config(''search_path'', ''pg_temp, acme_v2'', false)', true, true, '')",
                "SELECT query_to_xml('CREATE TEMP TABLE note (id int, text text)', true, true, '')",
                "DO $$ BEGIN CREATE TEMP TABLE note (id int, text text); END $$",
                "DO $$ BEGIN PERFORM set_config('search_path', 'acme_v2', false); END $$",
                "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; EXECUTE 'PREPARE cutover_1 AS SELECT 1'; END $$",
                "DO $$ BEGIN PERFORM set_config('default_transaction_read_only', 'on', false); END $$",
                "DO $$ BEGIN EXECUTE 'LISTEN note'; END $$"),
        SHADOW_WHAT_IS_USED(
                Way.PROXY,
                "CREATE TEMP TABLE pg_trigger (tgname text)",
                "CREATE TEMP TABLE dirty_key (tenant text, side text, tbl text, key jsonb)",
                "CREATE FUNCTION pg_temp.unmirrored(text) RETURNS boolean LANGUAGE sql AS 'SELECT false'",
                "CREATE FUNCTION pg_temp.starts_with(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
                "SET search_path = pg_temp, acme_v1, pg_catalog",
                "UPDATE note SET text = 'under a path of my own' WHERE id = 4"),
        END_MAINTENANCE_SESSIONS(
                Way.DIRECT,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user",
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename <> current_user");

        private final Way way;
        private final List<String> statements;

        Attempt(Way way, String... statements) {
            this.way = way;
            this.statements = List.of(statements);
        }
    }

    @TempDir
    private Path directory;

    private TestDatabase app;
    private TestDatabase control;
    private String attacker;
    private WholeProxy proxy;

    @BeforeEach
    void setUp(TestDatabase fresh, TestDatabase controlDatabase) throws Exception {
        app = fresh;
        control = controlDatabase;
        attacker = app.name() + "_acme";
        String keeper = control.name() + "_keeper";
        app.execute("CREATE ROLE " + attacker + " LOGIN PASSWORD 'secret'; CREATE ROLE " + app.name()
                + "_globex LOGIN PASSWORD 'secret'; CREATE ROLE " + keeper
                + " LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE " + control.name() + " TO " + keeper);
        for (String tenant : List.of("acme", "globex")) {
            String owner = app.name() + "_owner_" + tenant;
            String maintainer = maintenance(tenant);
            app.execute("CREATE ROLE " + owner + "; CREATE ROLE " + maintainer + " LOGIN PASSWORD 'secret'; GRANT "
                    + owner + " TO " + maintainer + "; GRANT CREATE ON DATABASE " + app.name() + " TO " + maintainer);
            // Somebody has made it easy for all applications to use whatever the maintenance roles make.
            for (String kind : List.of("TABLES", "SEQUENCES", "FUNCTIONS", "SCHEMAS")) {
                app.execute("ALTER DEFAULT PRIVILEGES FOR ROLE " + maintainer + " GRANT ALL ON " + kind + " TO "
                        + attacker);
            }
            for (String schema : List.of(tenant + "_v1", tenant + "_v2")) {
                String role = app.name() + "_" + tenant;
                app.execute("CREATE SCHEMA " + schema + " AUTHORIZATION " + owner + "; SET ROLE " + owner
                        + "; CREATE TABLE " + schema + ".note (id int PRIMARY KEY, text text); GRANT USAGE ON SCHEMA "
                        + schema + " TO " + role + "; GRANT SELECT, INSERT, UPDATE, DELETE ON " + schema + ".note TO "
                        + role);
            }
            app.execute("INSERT INTO " + tenant + "_v1.note SELECT i, '" + SECRET_OF_GLOBEX
                    + "' FROM generate_series(1, 10) AS i");
        }
        app.execute("UPDATE acme_v1.note SET text = 'of acme'");
        proxy = WholeProxy.start(Files.writeString(directory.resolve("cutover.yaml"), yaml(keeper)));
        for (String tenant : List.of("acme", "globex")) {
            proxy.run(tenant, "prepare", "mirror", "backfill", "verify");
        }
    }

    /** Globex's marks lie in a schema of its own. */
    private String maintenance(String tenant) {
        return app.name() + "_maintenance_" + tenant;
    }

    private String yaml(String keeper) {
        StringBuilder yaml = new StringBuilder("""
                listen: {port: 0}
                admin: {port: 0, token: %s}
                control: {url: "%s", user: %s, password: secret}
                auth: {method: trust, users: {%s: {password: secret}, %s_globex: {password: secret}}}
                clusters: {main: {host: "%s", port: %d, pool: {size: 1}}}
                tenants:
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        keeper,
                        attacker,
                        app.name(),
                        app.server().host(),
                        app.server().port()));
        for (String tenant : List.of("acme", "globex")) {
            yaml.append("""
                      %1$s:
                        users: [%2$s_%1$s]
                        blue: {cluster: main, database: %2$s, schema: %1$s_v1}
                        green: {cluster: main, database: %2$s, schema: %1$s_v2}
                        maintenance: {user: %3$s, password: secret, schema: %4$s}
                    """.formatted(
                    tenant, app.name(), maintenance(tenant), tenant.equals("acme") ? "cutover" : "cutover_globex"));
        }
        return yaml.toString();
    }

    @AfterEach
    void tearDown() {
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource(Attempt.class)
    void noneSucceeds(Attempt attempt) throws Exception {
        Map<String, String> before = standing();
        String seen = carryOut(attempt);

        assertFalse(seen.contains(SECRET_OF_GLOBEX), seen);
        for (String token : control.query("SELECT token FROM cutover.tenant WHERE token IS NOT NULL")) {
            assertFalse(seen.contains(token), "the secret of the tokens is seen");
        }
        assertFalse(seen.replace("/*cutover:0", "").matches("(?s).*/\\*cutover:[0-9a-f]{32}.*"), seen);
        assertEquals(before, standing());
        nextClientOfAcmeWrites();
        proxy.awaitNoMarks("acme");
        assertEquals(List.of(), app.query("SELECT id FROM (TABLE acme_v1.note EXCEPT TABLE acme_v2.note) AS missing"));
        assertEquals(List.of(), app.query("SELECT id FROM (TABLE acme_v2.note EXCEPT TABLE acme_v1.note) AS surplus"));
        proxy.run("acme", "verify");
        proxy.run("globex", "verify", "flip");
    }

    /** What the attacker must not change. */
    private Map<String, String> standing() throws SQLException {
        Map<String, String> standing = new TreeMap<>();
        standing.put(
                "blue of globex", app.query("SELECT string_agg(n::text, ' ' ORDER BY id) FROM globex_v1.note n") + "");
        standing.put(
                "green of globex", app.query("SELECT string_agg(n::text, ' ' ORDER BY id) FROM globex_v2.note n") + "");
        standing.put("marks of globex", app.query("SELECT count(*) FROM cutover_globex.dirty_key") + "");
        standing.put(
                "members",
                app.query("SELECT count(*) FROM pg_auth_members WHERE member = '" + attacker + "'::regrole") + "");
        standing.put(
                "functions",
                app.query(
                                "SELECT string_agg(proname::text || md5(prosrc) || coalesce(proconfig::text, ''), ' ' ORDER BY oid)"
                                        + " FROM pg_proc WHERE pronamespace IN ('cutover'::regnamespace, 'cutover_globex'::regnamespace)")
                        + "");
        standing.put(
                "triggers",
                app.query(
                                "SELECT string_agg(tgname::text || tgenabled::text || tgrelid::regclass::text, ' ' ORDER BY oid) FROM pg_trigger"
                                        + " WHERE tgname LIKE 'cutover%'")
                        + "");
        return standing;
    }

    /** @return everything that the attacker was told */
    private String carryOut(Attempt attempt) throws SQLException {
        String net = app.query("SELECT p.oid::regproc::text FROM pg_proc p WHERE p.proname LIKE 'net\\_%' LIMIT 1")
                .get(0);
        List<String> told = new ArrayList<>();
        try (Connection connection = attempt.way == Way.DIRECT
                        ? DriverManager.getConnection(app.url(), attacker, PASSWORD)
                        : proxy.connect("acme", attacker, PASSWORD);
                Statement statement = connection.createStatement()) {
            String marks = marks(statement);
            for (String sql : attempt.statements) {
                String sent = sql.replace("NET", net)
                        .replace("MARKS", marks)
                        .replace("MAINTENANCE", maintenance("acme"))
                        .replace("ATTACKER", attacker);
                try {
                    told.add(sent + " -> " + answer(statement, sent));
                } catch (SQLException e) {
                    told.add(sent + " -> " + e.getSQLState() + " " + e.getMessage());
                }
            }
        }
        return String.join("\n", told);
    }

    /** The views that the attacker's role may mark through. */
    private static String marks(Statement statement) throws SQLException {
        try (ResultSet view = statement.executeQuery("SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'v'"
                + " AND c.relname LIKE 'mark\\_%' AND has_column_privilege(c.oid, 'key', 'INSERT')")) {
            List<String> names = new ArrayList<>();
            while (view.next()) {
                names.add(view.getString(1));
            }
            assertEquals(2, names.size(), "the role may mark its own table on either side, and no other");
            return names.get(0);
        }
    }

    private static String answer(Statement statement, String sql) throws SQLException {
        if (!statement.execute(sql)) {
            return statement.getUpdateCount() + " rows";
        }
        StringBuilder rows = new StringBuilder();
        try (ResultSet row = statement.getResultSet()) {
            ResultSetMetaData columns = row.getMetaData();
            while (row.next()) {
                for (int i = 1; i <= columns.getColumnCount(); i++) {
                    rows.append(row.getString(i)).append('|');
                }
            }
        }
        return rows.toString();
    }

    /** Another session, on the only connection that there is to the server: it reads and writes what it means to. */
    private void nextClientOfAcmeWrites() throws SQLException {
        try (Connection connection = proxy.connect("acme", attacker, PASSWORD);
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO note VALUES (500, 'of the next client')");
            assertEquals("of the next client|", answer(statement, "SELECT text FROM note WHERE id = 500"));
            assertEquals("acme_v1|", answer(statement, "SELECT current_schema()"));
        }
        assertEquals(List.of("of the next client"), app.query("SELECT text FROM acme_v1.note WHERE id = 500"));
    }
}
