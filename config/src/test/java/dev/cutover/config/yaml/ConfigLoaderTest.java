// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.cutover.config.AdminConfig;
import dev.cutover.config.AuthConfig;
import dev.cutover.config.BackfillPolicy;
import dev.cutover.config.BypassingWriters;
import dev.cutover.config.ChangedResults;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.config.ControlConfig;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Login;
import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.PartMapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.MigrationsConfig;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.PinnedPolicy;
import dev.cutover.config.PoolConfig;
import dev.cutover.config.PoolMode;
import dev.cutover.config.Replication;
import dev.cutover.config.Secret;
import dev.cutover.config.SessionPolicy;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.TenantEntries;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
    private static final String LEAST = """
            control: {url: "jdbc:postgresql:cutover", user: cutover}
            auth: {method: trust}
            clusters: {main: {host: localhost}}
            tenants: {acme: {blue: {cluster: main, database: app}}}
            """;

    @TempDir
    private Path temporary;

    private ConfigDirectory directory;

    @BeforeEach
    void setUp() throws Exception {
        directory = new ConfigDirectory(temporary);
    }

    @Test
    void everyKeyIsRead() throws Exception {
        CutoverConfig config = directory.load(ConfigDirectory.FULL);

        TableMapping customers = new TableMapping(
                "customers",
                "clients",
                List.of("id"),
                Map.of("first_name", "split_part(name, ' ', 1)"),
                Map.of("name", "first_name || ' ' || last_name"));
        TenantConfig acme = new TenantConfig(
                "acme",
                "acme_db",
                new SideConfig("main", "app", "acme_v1"),
                new SideConfig("main", "app", "acme_v2"),
                List.of("shared", "public"),
                new MaintenanceConfig(new Login("owner", new Secret("plain")), "cutover_acme"),
                new MigrationsConfig(List.of(directory.path("db/acme"))),
                new Mapping(Map.of("customers", customers), Set.of("audit_log")),
                MirrorMode.INLINE,
                Duration.ofMillis(1500),
                new SessionPolicy(
                        12,
                        PoolMode.SESSION,
                        List.of("app", "reporter"),
                        Replication.LOGICAL,
                        PinnedPolicy.TERMINATE,
                        List.of("globex"),
                        ChangedResults.RESTART),
                0.25,
                new BackfillPolicy(5000, 3, Duration.ofSeconds(2), 1.2, Duration.ofMinutes(10)),
                BypassingWriters.UNDO,
                Map.of("plan", "free"));
        TenantConfig globex = new TenantConfig(
                "globex",
                "globex",
                new SideConfig("main", "globex", null),
                null,
                List.of("public"),
                null,
                null,
                Mapping.IDENTITY,
                MirrorMode.INLINE,
                Duration.ofSeconds(2));
        CutoverConfig expected = new CutoverConfig(
                new Endpoint("127.0.0.1", 7432),
                new AdminConfig(new Endpoint("127.0.0.1", 7480), new Secret("token-from-env"), List.of("dba")),
                new ControlConfig(
                        "jdbc:postgresql://127.0.0.1:5432/cutover",
                        new Login("cutover", new Secret("control-from-env"))),
                new AuthConfig(
                        AuthConfig.Method.SCRAM_SHA_256,
                        Map.of(
                                "app", new AuthConfig.User(new Secret("password-from-file"), null),
                                "reporter", new AuthConfig.User(null, new Secret(ConfigDirectory.VERIFIER))),
                        new AuthConfig.Query(
                                "main",
                                "postgres",
                                new Login("auth_reader", new Secret("reads")),
                                "SELECT rolpassword FROM pg_authid WHERE rolname = $1",
                                Duration.ofSeconds(10))),
                Map.of(
                        "main",
                        new ClusterConfig(
                                "main",
                                new Endpoint("db.internal", 5433),
                                new PoolConfig(30, 3, Duration.ofMinutes(5), Duration.ofHours(2), Duration.ZERO),
                                ClusterTls.DISABLED)),
                Map.of("acme", acme, "globex", globex));
        assertEquals(expected, config.withEntries(TenantEntries.NONE));
    }

    /** The defaults of {@code docs/configuration.md}. */
    @Test
    void whatIsLeftOutHasItsDefault() throws Exception {
        CutoverConfig config = directory.load(LEAST);

        TenantConfig acme = new TenantConfig(
                "acme",
                "acme",
                new SideConfig("main", "app", null),
                null,
                List.of("public"),
                null,
                null,
                new Mapping(Map.of(), Set.of()),
                MirrorMode.INLINE,
                Duration.ofSeconds(2),
                new SessionPolicy(0, PoolMode.TRANSACTION, null, Replication.REFUSE, PinnedPolicy.WAIT),
                0,
                new BackfillPolicy(0, 2, Duration.ofSeconds(10), 1.5, Duration.ofHours(1)),
                BypassingWriters.REFUSE,
                Map.of());
        CutoverConfig expected = new CutoverConfig(
                new Endpoint("127.0.0.1", 6432),
                new AdminConfig(new Endpoint("127.0.0.1", 6480), null, List.of()),
                new ControlConfig("jdbc:postgresql:cutover", new Login("cutover", null)),
                new AuthConfig(AuthConfig.Method.TRUST, Map.of(), null),
                Map.of(
                        "main",
                        new ClusterConfig(
                                "main",
                                new Endpoint("localhost", 5432),
                                new PoolConfig(
                                        20, 0, Duration.ofMinutes(10), Duration.ofHours(1), Duration.ofSeconds(30)),
                                ClusterTls.DISABLED)),
                Map.of("acme", acme));
        assertEquals(expected, config.withEntries(TenantEntries.NONE));
    }

    @Test
    void scramIsTheDefaultMethod() throws Exception {
        String yaml = LEAST.replace("{method: trust}", "{users: {app: {password: x}}}");

        CutoverConfig config = directory.load(yaml);

        assertEquals(AuthConfig.Method.SCRAM_SHA_256, config.auth().method());
    }

    @Test
    void anAnswerOfTheAuthQueryHoldsForAMinute() throws Exception {
        CutoverConfig config = directory.load(ConfigDirectory.FULL.replace("    cache: 10s\n", ""));

        assertEquals(Duration.ofSeconds(60), config.auth().query().cache());
    }

    @Test
    void inAMappingFileWhatIsLeftOutIsCarriedByName() throws Exception {
        directory.write("mapping/acme-v2.yaml", "tables: {orders: {}}\n");

        CutoverConfig config = directory.load(ConfigDirectory.FULL);

        TableMapping orders = new TableMapping("orders", "orders", List.of(), Map.of(), Map.of());
        assertEquals(
                new Mapping(Map.of("orders", orders), Set.of()),
                config.tenants().get("acme").mapping());
    }

    @Test
    void aMappingFileDividesRowsBetweenTables() throws Exception {
        directory.write("mapping/acme-v2.yaml", """
                tables:
                  people:
                    green: persons
                    green-parts:
                      addresses: {up: {street: road}, when: road IS NOT NULL}
                    blue-parts:
                      logins: {down: {name: login}}
                """);

        CutoverConfig config = directory.load(ConfigDirectory.FULL);

        TableMapping people = new TableMapping(
                "people",
                "persons",
                List.of(),
                Map.of(),
                Map.of(),
                Map.of("logins", new PartMapping(Map.of("name", "login"), null)),
                Map.of("addresses", new PartMapping(Map.of("street", "road"), "road IS NOT NULL")),
                Dropped.NOTHING);
        assertEquals(
                new Mapping(Map.of("people", people), Set.of()),
                config.tenants().get("acme").mapping());
    }

    @Test
    void tenantsKeepTheFilesOrder() throws Exception {
        CutoverConfig config = directory.load(LEAST.replace("{acme: {", """
                {zebra: {blue: {cluster: main, database: z}},
                 mole: {blue: {cluster: main, database: m}}, acme: {"""));

        assertEquals(
                List.of("zebra", "mole", "acme"), List.copyOf(config.tenants().keySet()));
    }

    @Test
    void noSecretShowsInText() throws Exception {
        CutoverConfig config = directory.load(ConfigDirectory.FULL);

        String text = config.toString();

        for (String secret : List.of(
                "token-from-env", "control-from-env", "password-from-file", "plain", ConfigDirectory.VERIFIER)) {
            assertFalse(text.contains(secret), secret);
        }
    }

    @Test
    void noSecretShowsInAComplaint() throws Exception {
        String yaml = ConfigDirectory.FULL.replace("{verifier: \"SCRAM", "{verifier: \"SCRUM");

        String complaint = directory.complaint("cutover.yaml", yaml);

        assertFalse(complaint.contains("AAEC"), complaint);
    }
}
