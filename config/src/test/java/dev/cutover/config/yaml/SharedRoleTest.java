// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tenants of one database that let in the same role are refused, unless the file says that they trust each other. */
class SharedRoleTest {
    private static final String REST = """
            control: {url: "jdbc:postgresql:cutover", user: cutover}
            auth: {method: trust}
            clusters: {main: {host: localhost}, alias: {host: localhost}, other: {host: localhost, port: 5433}}
            tenants:
            """;

    @TempDir
    private Path temporary;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "||every role",
                "users: [app]||the role app",
                "|users: [app]|the role app",
                "users: [one, app]|users: [two, app]|the role app"
            })
    void aRoleThatBothLetInIsRefused(@Nullable String acme, @Nullable String globex, String role) throws Exception {
        String yaml = tenant("acme", "main", "app", acme) + tenant("globex", "main", "app", globex);

        assertEquals(refusal("globex", "acme", role, "app"), complaint(yaml));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "users: [one]|users: [two]",
                "users: [app], shares-roles-with: [globex]|users: [app]",
                "|shares-roles-with: [acme]",
                "shares-roles-with: ['*']|users: [app]",
                "users: [app]|shares-roles-with: ['*']"
            })
    void rolesOfTheirOwnOrTrustAreAccepted(@Nullable String acme, @Nullable String globex) throws Exception {
        load(tenant("acme", "main", "app", acme) + tenant("globex", "main", "app", globex));
    }

    @Test
    void tenantsInOtherDatabasesShareNothing() throws Exception {
        load(tenant("acme", "main", "app", null)
                + tenant("globex", "main", "shop", null)
                + tenant("initech", "other", "app", null));
    }

    @Test
    void twoNamesOfOneServerAreOneServer() throws Exception {
        assertEquals(
                refusal("globex", "acme", "every role", "app"),
                complaint(tenant("acme", "main", "app", null) + tenant("globex", "alias", "app", null)));
    }

    @Test
    void theGreenSideCountsToo() throws Exception {
        String green =
                "green: {cluster: other, database: app, schema: acme_v2}, mirror: deferred, maintenance: {user: m}";

        assertEquals(
                refusal("globex", "acme", "every role", "app"),
                complaint(tenant("acme", "main", "app", green) + tenant("globex", "other", "app", null)));
    }

    @Test
    void trustInOneTenantIsNoTrustInAThird() throws Exception {
        assertEquals(
                refusal("initech", "acme", "every role", "app"),
                complaint(tenant("acme", "main", "app", null)
                        + tenant("globex", "main", "app", "shares-roles-with: [acme, initech]")
                        + tenant("initech", "main", "app", null)));
    }

    @Test
    void aTenantThatIsNotThereCannotBeTrusted() throws Exception {
        String yaml =
                tenant("acme", "main", "app", "shares-roles-with: [globx]") + tenant("globex", "main", "app", null);

        assertEquals(
                "tenants.acme.shares-roles-with: there is no other tenant \"globx\"; tenants has acme, globex",
                complaint(yaml));
    }

    private static String refusal(String tenant, String other, String role, String database) {
        return "tenants." + tenant + ".users: lets in " + role + ", as tenant " + other
                + " does, and both have a side in the database " + database
                + ": a client of one could reach the other's rows; give each tenant roles of its own in users, or, if they"
                + " trust each other, set shares-roles-with: [" + other + "] here";
    }

    private static String tenant(String name, String cluster, String database, @Nullable String more) {
        return "  " + name + ": {database: " + name + ", blue: {cluster: " + cluster + ", database: " + database
                + ", schema: " + name + "}" + (more == null ? "" : ", " + more) + "}\n";
    }

    private void load(String tenants) throws Exception {
        new ConfigDirectory(temporary).load(REST + tenants);
    }

    private String complaint(String tenants) throws Exception {
        return new ConfigDirectory(temporary).complaint("cutover.yaml", REST + tenants);
    }
}
