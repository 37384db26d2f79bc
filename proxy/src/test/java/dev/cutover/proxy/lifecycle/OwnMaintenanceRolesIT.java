// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.Operation;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two tenants of one database own their schemas. The owner of acme puts code where maintenance sessions run it. If acme has a
 * maintenance role and a schema of marks of its own, that code reaches nothing of globex. Otherwise prepare is refused.
 */
@ExtendWith(PostgresExtension.class)
class OwnMaintenanceRolesIT {
    /** What the code of acme's owner tries, and writes down. */
    private static final List<String> ATTEMPTS = List.of(
            "UPDATE globex_v1.note SET text = 'taken'",
            "PERFORM 1 FROM globex_v2.note",
            "DELETE FROM cutover_globex.dirty_key",
            "INSERT INTO cutover_globex.dirty_key (tenant, side, tbl, key) VALUES ('globex', 'BLUE', 'note', '[1]')",
            "UPDATE cutover_globex.parked SET definition = 'x'",
            "SET ROLE GLOBEX; RESET ROLE",
            "GRANT GLOBEX TO ACME");

    @TempDir
    private Path directory;

    private TestDatabase app;
    private TestDatabase control;
    private WholeProxy proxy;

    @BeforeEach
    void setUp(TestDatabase fresh, TestDatabase controlDatabase) throws Exception {
        app = fresh;
        control = controlDatabase;
        app.execute("CREATE SCHEMA loot; CREATE TABLE loot.tried (who text, what text, state text);"
                + " GRANT USAGE ON SCHEMA loot TO PUBLIC; GRANT INSERT ON loot.tried TO PUBLIC");
        app.execute("CREATE ROLE " + keeper() + " LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE " + control.name()
                + " TO " + keeper());
        for (String tenant : List.of("acme", "globex")) {
            app.execute("CREATE ROLE " + owner(tenant) + "; CREATE ROLE " + maintainer(tenant)
                    + " LOGIN PASSWORD 'secret'; GRANT " + owner(tenant) + " TO " + maintainer(tenant)
                    + "; GRANT CREATE ON DATABASE " + app.name() + " TO " + maintainer(tenant) + "; CREATE ROLE "
                    + client(tenant) + " LOGIN PASSWORD 'secret'");
            for (String schema : List.of(tenant + "_v1", tenant + "_v2")) {
                app.execute("CREATE SCHEMA " + schema + " AUTHORIZATION " + owner(tenant));
                boolean acme = tenant.equals("acme");
                app.execute("SET ROLE " + owner(tenant) + "; SET search_path = " + schema + "; " + (acme ? code() : "")
                        + "CREATE TABLE note (id int PRIMARY KEY, text text" + (acme ? " CHECK (probe(text))" : "")
                        + ");"
                        + " GRANT USAGE ON SCHEMA " + schema + " TO " + client(tenant)
                        + "; GRANT SELECT, INSERT, UPDATE, DELETE ON note TO " + client(tenant));
            }
            app.execute("SET ROLE " + owner(tenant) + "; INSERT INTO " + tenant + "_v1.note SELECT i, 'of " + tenant
                    + "' FROM generate_series(1, 10) AS i");
        }
        app.execute("TRUNCATE loot.tried");
    }

    @AfterEach
    void tearDown() {
        if (proxy != null) {
            proxy.close();
        }
    }

    private String owner(String tenant) {
        return app.name() + "_owner_" + tenant;
    }

    private String maintainer(String tenant) {
        return app.name() + "_maintenance_" + tenant;
    }

    private String client(String tenant) {
        return app.name() + "_client_" + tenant;
    }

    private String keeper() {
        return control.name() + "_keeper";
    }

    /** A check constraint that makes all attempts, after it has reset the role of the session. */
    private String code() {
        StringBuilder body = new StringBuilder("BEGIN ");
        for (String attempt : ATTEMPTS) {
            String sql = attempt.replace("GLOBEX", owner("globex")).replace("ACME", owner("acme"));
            body.append("BEGIN RESET ROLE; ")
                    .append(sql)
                    .append("; INSERT INTO loot.tried VALUES (current_user, $q$")
                    .append(sql)
                    .append("$q$, 'done'); EXCEPTION WHEN OTHERS THEN INSERT INTO loot.tried VALUES (current_user, $q$")
                    .append(sql)
                    .append("$q$, SQLSTATE); END; ");
        }
        return "CREATE FUNCTION probe(text) RETURNS boolean LANGUAGE plpgsql AS $code$ " + body
                + "RETURN true; END $code$; ";
    }

    private void start(String mirror, String acme, String globex) throws Exception {
        proxy = WholeProxy.start(yaml(mirror, acme, globex));
    }

    private Path yaml(String mirror, String acme, String globex) throws Exception {
        return Files.writeString(directory.resolve("cutover.yaml"), """
                listen: {port: 0}
                admin: {port: 0, token: %1$s}
                control: {url: "%2$s", user: %3$s, password: secret}
                auth: {method: trust, users: {%4$s_client_acme: {password: secret}, %4$s_client_globex: {password: secret}}}
                clusters: {main: {host: "%5$s", port: %6$d}}
                tenants:
                  acme:
                    users: [%4$s_client_acme]
                    blue: {cluster: main, database: %4$s, schema: acme_v1}
                    green: {cluster: main, database: %4$s, schema: acme_v2}
                    mirror: %7$s
                    %8$s
                  globex:
                    users: [%4$s_client_globex]
                    blue: {cluster: main, database: %4$s, schema: globex_v1}
                    green: {cluster: main, database: %4$s, schema: globex_v2}
                    mirror: %7$s
                    %9$s
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        keeper(),
                        app.name(),
                        app.server().host(),
                        app.server().port(),
                        mirror,
                        acme,
                        globex));
    }

    private String maintenance(String tenant) {
        return "maintenance: {user: " + maintainer(tenant) + ", password: secret, schema: cutover_" + tenant + "}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"inline", "deferred"})
    void codeOfOneOwnerReachesNothingOfTheOther(String mirror) throws Exception {
        start(mirror, maintenance("acme"), maintenance("globex"));
        proxy.run("globex", "prepare", "mirror", "backfill", "verify");
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");
        write("acme", "UPDATE note SET text = text || '!' WHERE id < 4", "INSERT INTO note VALUES (11, 'x')");
        proxy.awaitNoMarks("acme");
        proxy.run("acme", "verify", "flip");
        write("acme", "DELETE FROM note WHERE id = 11", "UPDATE note SET text = 'y' WHERE id = 5");
        write("globex", "UPDATE note SET text = 'z' WHERE id = 5");
        proxy.awaitNoMarks("acme");
        proxy.run("acme", "rollback", "flip", "complete");
        proxy.awaitNoMarks("globex");
        proxy.run("globex", "verify");
        // The guardrail is right: the code of acme names globex's schema.
        Operation flip = proxy.attempt("globex", "flip", "{\"forced\": [\"no-object-names-a-side\"]}");
        assertEquals(Operation.State.SUCCEEDED, flip.state(), flip.message());

        assertEquals(
                List.of(maintainer("acme")),
                app.query("SELECT DISTINCT who FROM loot.tried WHERE who LIKE '%maintenance_acme'"),
                "the code ran as the maintenance role");
        assertEquals(
                List.of(),
                app.query(
                        "SELECT DISTINCT who || ': ' || what FROM loot.tried WHERE who LIKE '%acme' AND state = 'done'"));
        assertEquals(
                List.of("42501"),
                app.query("SELECT DISTINCT state FROM loot.tried WHERE who LIKE '%maintenance_acme'"));
        assertEquals(List.of("9"), app.query("SELECT count(*) FROM globex_v2.note WHERE text = 'of globex'"));
        assertEquals(List.of(), app.query("SELECT nspname FROM pg_namespace WHERE nspname = 'cutover'"));
    }

    private void write(String tenant, String... statements) throws SQLException {
        try (Connection client = proxy.connect(tenant, client(tenant), "secret");
                Statement statement = client.createStatement()) {
            for (String sql : statements) {
                assertEquals(sql, 1 <= statement.executeUpdate(sql) ? sql : "no row");
            }
        }
    }

    @Test
    void aCommonMaintenanceRoleIsRefusedUnlessTheTenantsTrustEachOther() throws Exception {
        String common = app.name() + "_common";
        app.execute("CREATE ROLE " + common + " LOGIN PASSWORD 'secret'; GRANT " + owner("acme") + ", "
                + owner("globex") + " TO " + common + "; GRANT CREATE ON DATABASE " + app.name() + " TO " + common);
        String maintenance = "maintenance: {user: " + common + ", password: secret}";
        start("inline", maintenance, maintenance);

        Operation refused = proxy.attempt("acme", "prepare", "");

        assertEquals(Operation.State.REFUSED, refused.state());
        assertEquals(
                List.of(
                        "role " + owner("acme")
                                + " can have code of its own called in schema acme_v1 or acme_v2 (it owns acme_v1.note);"
                                + " maintenance role " + common
                                + " runs it, and that role also reaches globex_v1, globex_v2 of tenant globex",
                        "role " + owner("globex")
                                + " can have code of its own called in schema globex_v1 or globex_v2 (it owns"
                                + " globex_v1.note); maintenance role " + common
                                + " runs it, and that role also reaches acme_v1, acme_v2 of tenant acme"),
                refused.findings().stream().map(finding -> finding.finding()).toList());
        assertEquals(List.of(), app.query("SELECT nspname FROM pg_namespace WHERE nspname = 'cutover'"));

        proxy.close();
        start("inline", maintenance, maintenance + "\n    shares-roles-with: [acme]");
        proxy.run("acme", "prepare", "mirror", "backfill", "verify");
        // This is what they trust each other with.
        assertTrue(app.query("SELECT state FROM loot.tried WHERE who = '" + common + "'")
                .contains("done"));
    }

    /** Roles that own neither a schema nor a table, and can have their code called. */
    @Test
    void everyWayToHaveCodeCalledIsFound() throws Exception {
        String common = app.name() + "_common";
        String client = client("acme");
        app.execute(
                "CREATE ROLE " + common + " LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE " + app.name() + " TO "
                        + common + "; REASSIGN OWNED BY " + owner("acme") + ", " + owner("globex") + " TO " + common
                        + "; CREATE SCHEMA elsewhere; CREATE FUNCTION elsewhere.fine(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';"
                        + "ALTER TABLE acme_v1.note ADD CHECK (elsewhere.fine(text)); CREATE DOMAIN acme_v1.positive AS int");
        String maintenance = "maintenance: {user: " + common + ", password: secret}";
        start("inline", maintenance, maintenance);
        assertEquals(List.of(), reached());

        assertFound(
                "GRANT TRIGGER ON acme_v1.note TO " + client,
                "it has TRIGGER on acme_v1.note",
                "REVOKE TRIGGER ON acme_v1.note FROM " + client);
        assertFound(
                "GRANT CREATE ON SCHEMA public TO " + client,
                "it may create in schema public",
                "REVOKE CREATE ON SCHEMA public FROM " + client);
        assertFound(
                "GRANT CREATE ON SCHEMA acme_v2 TO PUBLIC",
                "it may create in schema acme_v2",
                "REVOKE CREATE ON SCHEMA acme_v2 FROM PUBLIC");
        assertFound(
                "ALTER DOMAIN acme_v1.positive OWNER TO " + client,
                "it owns acme_v1.positive",
                "ALTER DOMAIN acme_v1.positive OWNER TO " + common);
        assertFound(
                "ALTER FUNCTION elsewhere.fine(text) OWNER TO " + client,
                "it owns elsewhere.fine(text)",
                "ALTER FUNCTION elsewhere.fine(text) OWNER TO " + common);
        assertFound(
                "GRANT TRIGGER ON globex_v2.note TO " + client("globex"),
                "it has TRIGGER on globex_v2.note",
                "REVOKE TRIGGER ON globex_v2.note FROM " + client("globex"));
    }

    private void assertFound(String grant, String how, String revoke) throws Exception {
        app.execute(grant);
        List<String> found = reached();
        app.execute(revoke);
        assertFalse(found.isEmpty(), grant);
        found.forEach(finding -> assertTrue(finding.contains("(" + how + ")"), finding));
        assertEquals(List.of(), reached());
    }

    private List<String> reached() throws Exception {
        return proxy.attempt("acme", "check", "").findings().stream()
                .filter(finding -> finding.guardrail().equals("maintenance-rights"))
                .map(finding -> finding.finding())
                .toList();
    }

    @Test
    void neitherAnotherRoleNorAnotherNameOfTheServerHidesTheWay() throws Exception {
        app.execute("GRANT " + maintainer("globex") + " TO " + maintainer("acme"));
        Path config = yaml("inline", maintenance("acme"), maintenance("globex"));
        String text = Files.readString(config);
        String cluster = text.lines()
                .filter(line -> line.startsWith("clusters: "))
                .findFirst()
                .orElseThrow();
        int globex = text.indexOf("  globex:");
        proxy = WholeProxy.start(Files.writeString(
                config,
                text.substring(0, globex)
                                .replace(cluster, cluster.replaceFirst("main: (\\{.*})}", "main: $1, other: $1}"))
                        + text.substring(globex).replace("cluster: main", "cluster: other")));

        List<String> found = reached();

        assertEquals(1, found.size(), found::toString);
        assertTrue(
                found.get(0).contains("reaches cutover_globex, globex_v1, globex_v2 of tenant globex")
                        || found.get(0).contains("reaches globex_v1, globex_v2 of tenant globex"),
                found.get(0));
    }

    @Test
    void anotherTenantsSchemaOfMarksIsRefusedByName() throws Exception {
        start("inline", maintenance("acme"), maintenance("globex").replace("cutover_globex", "cutover_acme"));
        proxy.run("acme", "prepare");

        Operation refused = proxy.attempt("globex", "prepare", "");

        assertEquals(Operation.State.REFUSED, refused.state());
        assertTrue(
                refused.message().contains("schema cutover_acme of database " + app.name() + " belongs to "),
                refused.message());
        assertTrue(refused.message().contains("maintenance.schema"), refused.message());
    }

    /** The marks that are there would be found by nobody, and what is parked would never come back. */
    @Test
    void theSchemaOfMarksDoesNotChangeDuringATransition() throws Exception {
        start("inline", maintenance("acme"), maintenance("globex"));
        proxy.run("acme", "prepare");
        proxy.close();
        String moved = maintenance("acme").replace("cutover_acme", "cutover_elsewhere");
        Path changed = yaml("inline", moved, maintenance("globex"));

        proxy = WholeProxy.start(changed);
        Operation refused = proxy.attempt("acme", "abort", "");

        assertEquals(Operation.State.REFUSED, refused.state());
        assertTrue(
                refused.message()
                        .contains("tenants.acme.maintenance.schema: is cutover_elsewhere, and the tenant's marks lie in"
                                + " schema cutover_acme"),
                refused.message());
        proxy.close();
        start("inline", maintenance("acme"), maintenance("globex"));
        proxy.run("acme", "abort");
        proxy.close();
        start("inline", moved, maintenance("globex"));
        proxy.run("acme", "prepare", "mirror", "backfill", "verify", "flip", "rollback", "abort");
        assertEquals(
                List.of("cutover_elsewhere"),
                app.query("SELECT nspname FROM pg_namespace WHERE nspname = 'cutover_elsewhere'"));
    }

    /** Maintenance roles without other tenants' rights cannot read each other's marks. */
    @Test
    void aMaintenanceRoleReadsNoOtherTenantsMarks() throws Exception {
        start("inline", maintenance("acme"), maintenance("globex"));
        proxy.run("acme", "prepare", "mirror");
        proxy.run("globex", "prepare", "mirror");
        try (Connection connection = DriverManager.getConnection(app.url(), maintainer("acme"), "secret");
                Statement statement = connection.createStatement()) {
            for (String table : List.of("dirty_key", "parked", "backfill", "made_by_migrations")) {
                SQLException refused = assertThrows(
                        SQLException.class, () -> statement.executeQuery("SELECT * FROM cutover_globex." + table));
                assertEquals("42501", refused.getSQLState());
            }
            assertFalse(
                    statement.executeQuery("SELECT * FROM cutover_acme.paused").next());
        }
    }
}
