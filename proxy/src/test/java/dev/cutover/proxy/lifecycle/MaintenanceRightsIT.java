// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the maintenance role may not do is found by check before prepare fails with it; a role that may is left alone. */
@ExtendWith(PostgresExtension.class)
class MaintenanceRightsIT {
    /** What doctor looks at as well, in every phase. */
    private static final Set<String> OF_MAINTENANCE =
            Set.of("maintenance-rights", "idle-side-answers", "event-triggers");

    @TempDir
    private Path directory;

    private TestDatabase blue;
    private TestDatabase green;
    private String owner;
    private String role;
    private Path config;
    private WholeProxy proxy;

    @BeforeEach
    void setUp(TestDatabase blue, TestDatabase control) throws Exception {
        this.blue = blue;
        this.green = blue.server().createDatabase();
        owner = blue.name() + "_owner";
        role = blue.name() + "_maintenance";
        blue.execute("CREATE ROLE " + owner + ";"
                + "CREATE ROLE " + role + " LOGIN PASSWORD 'secret' IN ROLE " + owner + ";"
                + "GRANT CREATE ON DATABASE " + blue.name() + " TO " + role + ";"
                + "GRANT CREATE ON DATABASE " + green.name() + " TO " + role + "; SET ROLE " + owner
                + "; RESET ROLE; CREATE SCHEMA v1 AUTHORIZATION " + owner + ";"
                + "CREATE TABLE v1.people (id int PRIMARY KEY, name text);"
                + "ALTER TABLE v1.people OWNER TO " + owner + "; INSERT INTO v1.people VALUES (1, 'Ann')");
        Files.createDirectories(directory.resolve("db"));
        Files.writeString(
                directory.resolve("db/V1__people.sql"), "CREATE TABLE people (id int PRIMARY KEY, name text);");
        config = Files.writeString(directory.resolve("cutover.yaml"), """
                listen: {port: 0}
                admin: {port: 0, token: %s}
                control: {url: "%s", user: %s, password: "%s"}
                auth: {method: trust, users: {%s: {password: secret}}}
                clusters: {main: {host: "%s", port: %d}}
                tenants:
                  acme:
                    blue: {cluster: main, database: %s, schema: v1}
                    green: {cluster: main, database: %s, schema: v2}
                    maintenance: {user: %5$s, password: secret}
                    mirror: deferred
                    migrations: {locations: [db]}
                """.formatted(
                        WholeProxy.TOKEN,
                        control.url(),
                        control.server().user(),
                        control.server().password().isEmpty()
                                ? "none"
                                : control.server().password(),
                        role,
                        blue.server().host(),
                        blue.server().port(),
                        blue.name(),
                        green.name()));
        proxy = WholeProxy.start(config);
    }

    @AfterEach
    void tearDown() {
        proxy.close();
    }

    private void refused(String label, String... words) throws Exception {
        refusedAt("prepare", label, words);
    }

    private void refusedAt(String verb, String label, String... words) throws Exception {
        List<String> before = DatabaseDump.of(green);

        Operation check = proxy.attempt("acme", "check", "");
        Operation prepare = proxy.attempt("acme", verb, "");

        assertEquals(List.of(State.REFUSED, State.REFUSED), List.of(check.state(), prepare.state()), check::message);
        assertEquals(before, DatabaseDump.of(green));
        assertEquals(check.findings(), prepare.findings());
        Finding first = check.findings().get(0);
        assertEquals(label, first.guardrail(), check::toString);
        for (String word : words) {
            assertTrue(first.finding().contains(word), first::toString);
        }
        assertTrue(!first.remedy().isEmpty(), first::toString);
        if (OF_MAINTENANCE.contains(label)) {
            String doctor = proxy.call("GET", "/v1/tenants/acme/doctor", "").body();
            assertTrue(doctor.contains("\"check\":\"maintenance\",\"place\":\"" + label + "\""), doctor);
        }
    }

    @Test
    void aRoleThatHasWhatTheManualAsksForIsNotComplainedAbout() throws Exception {
        Operation check = proxy.attempt("acme", "check", "");

        assertEquals(State.SUCCEEDED, check.state(), check::toString);
        assertEquals(List.of(), check.findings());
        assertTrue(proxy.call("GET", "/v1/tenants/acme/doctor", "").body().contains("\"anomalies\":[]"));
        proxy.run("acme", "prepare", "mirror", "backfill", "verify", "flip");
    }

    @Test
    void aDatabaseInWhichTheRoleCreatesNothing() throws Exception {
        green.execute("REVOKE CREATE ON DATABASE " + green.name() + " FROM " + role);

        refused("maintenance-rights", role, "may not create schema cutover", green.name());
    }

    @Test
    void aDatabaseInWhichTheRoleMakesNoTemporaryTable() throws Exception {
        green.execute("REVOKE TEMPORARY ON DATABASE " + green.name() + " FROM PUBLIC");

        refused("maintenance-rights", role, "may not create temporary tables", green.name());
    }

    @Tag("slow")
    @Test
    void aDatabaseThatTheRoleMayNotConnectTo() throws Exception {
        green.execute("REVOKE CONNECT ON DATABASE " + green.name() + " FROM PUBLIC");

        refused("maintenance-rights", role, "may not connect", green.name());
    }

    @Tag("slow")
    @Test
    void aRoleThatMayNotLogIn() throws Exception {
        green.execute("ALTER ROLE " + role + " NOLOGIN");

        refused("maintenance-rights", role, "refuses the login", "not permitted to log in");
    }

    @Test
    void aDatabaseThatIsNotThere() throws Exception {
        green.server().createDatabase().execute("DROP DATABASE " + green.name());

        Operation check = proxy.attempt("acme", "check", "");

        assertEquals(State.REFUSED, check.state(), check::message);
        assertTrue(check.findings().get(0).finding().contains(green.name() + " of cluster main does not exist"));
    }

    @Test
    void tablesOfSomebodyElse() throws Exception {
        blue.execute("ALTER TABLE v1.people OWNER TO " + blue.server().user());

        refused("maintenance-rights", role, "people (owner " + blue.server().user() + ")");
    }

    private List<Finding> rightsLacking() throws Exception {
        return proxy.attempt("acme", "check", "").findings().stream()
                .filter(finding -> finding.guardrail().equals("maintenance-rights"))
                .toList();
    }

    @Test
    void tablesOfExtensionsAreNotAskedFor() throws Exception {
        blue.execute("CREATE EXTENSION citext SCHEMA v1; CREATE TABLE v1.reference (id int PRIMARY KEY);"
                + "GRANT SELECT ON v1.reference TO PUBLIC; ALTER EXTENSION citext ADD TABLE v1.reference");

        assertEquals(List.of(), rightsLacking());
    }

    @Test
    void tablesThatTheMappingIgnoresAreAskedForOnlyIfMirroringParksTheirKeys() throws Exception {
        proxy.close();
        blue.execute(
                "CREATE TABLE v1.aside (id int PRIMARY KEY) PARTITION BY RANGE (id);"
                        + "CREATE TABLE v1.aside_1 PARTITION OF v1.aside DEFAULT; GRANT SELECT ON v1.aside, v1.aside_1 TO PUBLIC");
        Files.writeString(directory.resolve("mapping.yaml"), "ignore: [aside]\n");
        Files.writeString(config, Files.readString(config) + "    mapping: mapping.yaml\n");
        proxy = WholeProxy.start(config);

        assertEquals(List.of(), rightsLacking());
        proxy.run("acme", "prepare", "mirror", "backfill", "verify", "flip", "rollback", "abort");

        blue.execute("ALTER TABLE v1.aside ADD FOREIGN KEY (id) REFERENCES v1.people");
        assertEquals(1, rightsLacking().size());
    }

    @Test
    void tablesOfOthersInASchemaThatIsMadeAnewAreNotAskedFor() throws Exception {
        green.execute("CREATE SCHEMA v2 AUTHORIZATION " + owner + "; CREATE TABLE v2.people (id int PRIMARY KEY)");
        assertEquals(1, rightsLacking().size());

        Operation prepare = proxy.attempt("acme", "prepare", "{\"clean\": true}");

        assertEquals(State.SUCCEEDED, prepare.state(), prepare::toString);
    }

    /** Its rows cannot be read, which is no reason to fail. */
    @Test
    void aSchemaThatTheRoleMayNotUse() throws Exception {
        green.execute("CREATE SCHEMA v2; CREATE TABLE v2.people (id int PRIMARY KEY, name text)");

        refused("maintenance-rights", role, "may not create objects in schema v2", green.name());
    }

    @Test
    void anEventTriggerThatForbidsDdl() throws Exception {
        green.execute("""
                CREATE FUNCTION public.no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
                  $$BEGIN RAISE EXCEPTION 'the schema is frozen'; END$$;
                CREATE EVENT TRIGGER frozen ON ddl_command_start EXECUTE FUNCTION public.no_ddl()""");

        refused("event-triggers", green.name(), "the schema is frozen", "frozen (function no_ddl)");
    }

    @Test
    void whatStopsMirrorIsFoundBeforeIt() throws Exception {
        proxy.run("acme", "prepare");
        green.execute("""
                CREATE FUNCTION public.no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
                  $$BEGIN RAISE EXCEPTION 'the schema is frozen'; END$$;
                CREATE EVENT TRIGGER frozen ON ddl_command_end EXECUTE FUNCTION public.no_ddl()""");
        refusedAt("mirror", "event-triggers", green.name(), "the schema is frozen");
        green.execute("DROP EVENT TRIGGER frozen");
        blue.execute("ALTER TABLE v1.people OWNER TO " + blue.server().user());
        refusedAt("mirror", "maintenance-rights", "people (owner");
    }

    @Test
    void anEventTriggerThatOnlyLooks() throws Exception {
        green.execute("""
                CREATE FUNCTION public.looks() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN NULL; END$$;
                CREATE EVENT TRIGGER looks ON ddl_command_start EXECUTE FUNCTION public.looks()""");

        Operation check = proxy.attempt("acme", "check", "");

        assertEquals(State.SUCCEEDED, check.state(), check::toString);
    }
}
