package dev.cutover.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.SharedRole;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which pairs of tenants share a role without a word about it in the file. */
class SharedRoleTest {
    private static final String REST = """
            control: {url: "jdbc:postgresql:cutover", user: cutover}
            auth: {method: trust}
            clusters: {main: {host: localhost}, other: {host: localhost}}
            tenants:
            """;

    @TempDir
    private Path temporary;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "||*",
                "users: [app]||app",
                "|users: [app]|app",
                "users: [one, app]|users: [app, two]|app",
                "users: [one]|users: [two]|",
                "users: [app], shares-roles-with: [globex]|users: [app]|",
                "|shares-roles-with: [acme]|"
            })
    void aRoleThatBothLetInIsFound(String acme, String globex, String role) throws Exception {
        String yaml = tenant("acme", "main", "app", acme) + tenant("globex", "main", "app", globex);

        assertEquals(
                role == null
                        ? List.of()
                        : List.of("tenants-share-role tenants=acme,globex role=" + role + " database=app"),
                lines(yaml));
    }

    @Test
    void tenantsInOtherDatabasesShareNothing() throws Exception {
        assertEquals(
                List.of(),
                lines(tenant("acme", "main", "app", null)
                        + tenant("globex", "main", "shop", null)
                        + tenant("initech", "other", "app", null)));
    }

    @Test
    void everyPairIsNamed() throws Exception {
        assertEquals(
                List.of(
                        "tenants-share-role tenants=acme,globex role=* database=app",
                        "tenants-share-role tenants=acme,initech role=* database=app",
                        "tenants-share-role tenants=globex,initech role=* database=app"),
                lines(tenant("acme", "main", "app", null)
                        + tenant("globex", "main", "app", null)
                        + tenant("initech", "main", "app", null)));
    }

    @Test
    void aTenantThatIsNotThereCannotBeTrusted() throws Exception {
        String yaml =
                tenant("acme", "main", "app", "shares-roles-with: [globx]") + tenant("globex", "main", "app", null);

        assertEquals(
                "tenants.acme.shares-roles-with: there is no other tenant \"globx\"; tenants has acme, globex",
                new ConfigDirectory(temporary).complaint("cutover.yaml", REST + yaml));
    }

    private static String tenant(String name, String cluster, String database, @Nullable String more) {
        return "  " + name + ": {database: " + name + ", blue: {cluster: " + cluster + ", database: " + database
                + ", schema: " + name + "}" + (more == null ? "" : ", " + more) + "}\n";
    }

    private List<String> lines(String tenants) throws Exception {
        return SharedRole.notDeclared(new ConfigDirectory(temporary).load(REST + tenants)).stream()
                .map(SharedRole::line)
                .toList();
    }
}
