// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.declared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.config.CutoverConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.TenantEntryException;
import dev.cutover.config.declared.DeclaredTenant.Source;
import dev.cutover.config.yaml.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tenants that the control database declares, beside those of a file. */
class MergedTenantsTest {
    private static final String YAML = """
            control: {url: "jdbc:postgresql:cutover", user: cutover}
            auth: {method: trust}
            clusters: {main: {host: localhost}}
            tenant-templates:
              - name: shop
                match: "shop_*"
                blue: {cluster: main, database: app, schema: "{tenant}_v1"}
                green: {cluster: main, database: app, schema: "{tenant}_v2"}
                maintenance: {user: owner, schema: "cutover_{tenant}"}
                users: ["{tenant}"]
            tenants:
              acme: {blue: {cluster: main, database: app, schema: acme}, users: [acme]}
            """;

    @TempDir
    private Path directory;

    private CutoverConfig file;

    @BeforeEach
    void setUp() throws Exception {
        file = load(YAML);
    }

    private CutoverConfig load(String yaml) throws Exception {
        return ConfigLoader.load(Files.writeString(directory.resolve("cutover.yaml"), yaml));
    }

    private static DeclaredTenant declared(String name, String entry) {
        return new DeclaredTenant(name, entry, Source.COMMAND);
    }

    private MergedTenants merged(CutoverConfig in, Map<String, TenantConfig> running, DeclaredTenant... declared) {
        return MergedTenants.of(in, file.clusters(), running, List.of(declared));
    }

    @Test
    void aDeclaredTenantIsCompletedByItsTemplate() {
        MergedTenants merged = merged(file, Map.of(), declared("shop_1", "{\"tags\":{\"plan\":\"free\"}}"));

        assertEquals(Map.of(), merged.problems());
        TenantConfig shop = merged.config().tenants().get("shop_1");
        assertEquals("shop_1_v2", shop.green().schema());
        assertEquals(Map.of("plan", "free"), shop.tags());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
                    acme  |{}                                                 |the configuration file declares tenant acme; change it there and reload
                    shop_2|{"database":"acme"}                                |tenants.shop_2.database: "acme" is already the database of tenant acme
                    shop_2|{"database":"cutover"}                             |tenants.shop_2.database: "cutover" is the name of the admin database; clients of the tenant need another one
                    shop_2|{"blue":{"schema":"shop_1_v1"}}                    |tenants.shop_2.blue: is also a side of tenant shop_1; tenants that move cannot share a schema
                    shop_2|{"maintenance":{"schema":"cutover_shop_1"},"users":["shop_1"]}|tenants.shop_2.users: lets in the role shop_1, as tenant shop_1 does, and both have a side in the database app: a client of one could reach the other's rows; give each tenant roles of its own in users, or, if they trust each other, set shares-roles-with: [shop_1] here
                    shop_2|{"shares-roles-with":["nobody"]}                   |tenants.shop_2.shares-roles-with: there is no other tenant "nobody"
                    shop_2|{"drain-timeout":"soon"}                           |the entry: tenants.shop_2.drain-timeout: must be a duration such as 500ms, 2s or 1m, not "soon"
                    shop_2|{"template":"none"}                                |the entry: tenants.shop_2.template: there is no template "none"; tenant-templates has shop
                    other |{}                                                 |the entry: tenants.other.blue: is missing
                    a b   |{}                                                 |the entry: tenants.a b: a tenant's name is made of letters, digits, "_", "-" and ".", at most 63
                    """)
    void whatCannotBeIsNamedAndTheOthersAreServed(String name, String entry, String problem) {
        MergedTenants merged = merged(file, Map.of(), declared("shop_1", "{}"), declared(name, entry));

        assertEquals(Map.of(name, problem), merged.problems());
        assertEquals(Set.of("acme", "shop_1"), merged.config().tenants().keySet());
    }

    @Test
    void aTenantWhoseEntryNoLongerFitsStaysAsItRuns() throws Exception {
        DeclaredTenant shop = declared("shop_1", "{\"template\":\"shop\"}");
        Map<String, TenantConfig> running =
                merged(file, Map.of(), shop).config().tenants();

        MergedTenants merged = merged(load(YAML.replace("name: shop", "name: store")), running, shop);

        assertEquals(Set.of("shop_1"), merged.problems().keySet());
        assertEquals(running, merged.config().tenants());
    }

    @Test
    void aPasswordAsItIsGetsRefusedBeforeItIsStored() throws Exception {
        String entry = file.entries().parse("maintenance: {user: owner, password: hunter2}");

        String complaint = assertThrows(
                        TenantEntryException.class, () -> file.entries().check("shop_1", entry))
                .getMessage();

        assertEquals(
                "the entry: tenants.shop_1.maintenance.password: would be stored in the control database; give"
                        + " {env: NAME} or {file: PATH}",
                complaint);
        file.entries().check("shop_1", file.entries().parse(""));
    }
}
