// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.Secret;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tenants whose settings come from {@code tenant-templates}. */
class TenantTemplatesTest {
    private static final String REST = """
            control: {url: "jdbc:postgresql:cutover", user: cutover}
            auth: {method: trust}
            clusters: {main: {host: localhost}, other: {host: localhost, port: 5433}}
            """;
    private static final String SHOP = REST + """
            tenant-templates:
              - name: shop
                match: "shop_*"
                blue: {cluster: main, database: app, schema: "{tenant}_v1"}
                green: {cluster: main, database: app, schema: "{tenant}_v2"}
                maintenance: {user: owner, password: {file: "{tenant}.password"}, schema: "cutover_{tenant}"}
                users: ["{tenant}", "{tenant}_jobs"]
                drain-timeout: 3s
                tags: {plan: free, region: eu}
            """;

    @TempDir
    private Path temporary;

    private ConfigDirectory directory;

    @BeforeEach
    void setUp() throws Exception {
        directory = new ConfigDirectory(temporary);
        for (String tenant : List.of("shop_1", "shop_2")) {
            directory.write(tenant + ".password", "secret of " + tenant);
        }
    }

    private Map<String, TenantConfig> tenants(String yaml) throws Exception {
        return directory.load(yaml).tenants();
    }

    private TenantConfig tenant(String yaml, String name) throws Exception {
        return Objects.requireNonNull(tenants(yaml).get(name));
    }

    @Test
    void aTenantWithoutSettingsTakesThemAllFromItsTemplate() throws Exception {
        TenantConfig tenant = tenant(SHOP + "tenants: {shop_1: , shop_2: }", "shop_2");

        assertEquals("shop_2", tenant.database());
        assertEquals(new SideConfig("main", "app", "shop_2_v1"), tenant.blue());
        assertEquals(new SideConfig("main", "app", "shop_2_v2"), tenant.green());
        assertEquals(List.of("shop_2", "shop_2_jobs"), tenant.sessions().users());
        assertEquals(Duration.ofSeconds(3), tenant.drainTimeout());
        assertEquals(Map.of("plan", "free", "region", "eu"), tenant.tags());
        assertEquals("cutover_shop_2", String.valueOf(tenant.maintenance().schema()));
        assertEquals(
                new Secret("secret of shop_2"), tenant.maintenance().login().password());
    }

    @Test
    void settingsOfATenantComeBeforeItsTemplates() throws Exception {
        TenantConfig tenant = tenant(SHOP + """
                tenants:
                  shop_1:
                    database: first
                    blue: {schema: old}
                    users: [app]
                    tags: {plan: paid}
                """, "shop_1");

        assertEquals("first", tenant.database());
        assertEquals(new SideConfig("main", "app", "old"), tenant.blue());
        assertEquals(List.of("app"), tenant.sessions().users());
        assertEquals(Map.of("plan", "paid", "region", "eu"), tenant.tags());
    }

    @ParameterizedTest
    @CsvSource({"shop_1, shop", "ashop_1, none", "shop_1x, shop", "SHOP_1, none"})
    void aPatternMatchesWholeNames(String name, String template) throws Exception {
        directory.write(name + ".password", "secret");

        Map<String, TenantConfig> tenants =
                tenants(SHOP + "tenants: {%s: {blue: {cluster: main, database: app}}}".formatted(name));

        assertEquals(Set.of(name), tenants.keySet());
        assertEquals(template.equals("shop"), tenants.get(name).movable());
    }

    @Test
    void aTenantMayNameAnotherTemplate() throws Exception {
        String yaml = SHOP + """
                  - {name: big, match: "*_1", blue: {cluster: other, database: "{tenant}"}}
                tenants: {shop_1: {template: big}, shop_2: }
                """;

        assertEquals(
                new SideConfig("other", "shop_1", null), tenant(yaml, "shop_1").blue());
        assertEquals("app", tenant(yaml, "shop_2").blue().database());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "match: \"shop_*\"|match: \"shop *\"|tenant-templates[0].match: must be a tenant's name in which * stands for"
                        + " any characters and ? for one, at most 63",
                "match: \"shop_*\"||tenant-templates[0].match: is missing",
                "name: shop|name: s p|tenant-templates[0].name: a template's name is made of letters, digits, \"_\", \"-\" and"
                        + " \".\", at most 63",
                "drain-timeout: 3s|drain-timeout: 3|tenant-templates[0].drain-timeout: must be a duration such as 500ms, 2s or 1m,"
                        + " not \"3\" (for tenant shop_1)",
                "drain-timeout: 3s|drain: 3s|tenant-templates[0].drain: unknown key; known here: template, database, blue, green,"
                        + " maintenance, search-path, migrations, mapping, mirror, bypassing-writers, drain-timeout,"
                        + " compare-reads, backfill, users, pool-size, pool-mode, replication, pinned, shares-roles-with,"
                        + " changed-results, tags (for tenant shop_1)",
                "schema: \"{tenant}_v2\"|schema: \"{tenant}_v1\"|tenant-templates[0].green.schema: is also blue's schema (for"
                        + " tenant shop_1)",
                "schema: \"{tenant}_v2\"|schema: v2|tenant-templates[0].green: is also a side of tenant shop_1; tenants that"
                        + " move cannot share a schema (for tenant shop_2)",
                "tenants: {shop_1:|tenants: {shop_1: {template: big}|tenants.shop_1.template: there is no template \"big\";"
                        + " tenant-templates has shop",
                "tenants: {|tenants: {other: {}, |tenants.other.blue: is missing",
                "shop_2:|shop_2: {blue: {schema: [v1]}}|tenants.shop_2.blue.schema: must be a single value",
                "shop_2:|shop_2: 5|tenants.shop_2: must be a mapping of keys",
                "drain-timeout: 3s|template: other|tenant-templates[0].template: a template is not made of another one",
                "region: eu|re gion: eu|tenant-templates[0].tags.re gion: a tag's name is made of letters, digits, \"_\" and"
                        + " \"-\", at most 63 (for tenant shop_1)"
            })
    void mistakesAreNamed(String piece, String mistake, String complaint) throws Exception {
        String yaml = SHOP + "tenants: {shop_1: , shop_2: }\n";
        String replaced = mistake == null ? "" : mistake;

        assertEquals(complaint, directory.complaint("cutover.yaml", yaml.replace(piece, replaced)));
    }

    @Test
    void aNameThatMatchesTwoTemplatesMustNameOne() throws Exception {
        String yaml = SHOP + """
                  - {name: big, match: "*_1", blue: {cluster: other, database: "{tenant}"}}
                tenants: {shop_1: }
                """;

        assertEquals(
                "tenants.shop_1.template: is missing; the tenant's name matches the templates shop, big, so its entry must"
                        + " name one of them",
                directory.complaint("cutover.yaml", yaml));
    }

    /** What it names, such as a file with a password, may be made with the first tenant. */
    @Test
    void aTemplateMayHaveNoTenants() throws Exception {
        String yaml = SHOP + "tenants: {acme: {blue: {cluster: main, database: app}}}";

        assertEquals(Set.of("acme"), tenants(yaml).keySet());
    }

    @Test
    void whatExcludesEachOtherIsTakenWhole() throws Exception {
        TenantConfig tenant = tenant(SHOP + "tenants: {shop_1: {maintenance: {password: plain}}}", "shop_1");
        assertEquals("cutover_shop_1", tenant.maintenance().schema());
        assertEquals(new Secret("plain"), tenant.maintenance().login().password());

        TenantConfig other =
                tenant(SHOP + "tenants: {shop_1: {maintenance: {password: {env: CUTOVER_TOKEN}}}}", "shop_1");
        assertEquals(new Secret("token-from-env"), other.maintenance().login().password());
    }

    @Test
    void aKeyWithoutAValueTakesTheTemplatesAway() throws Exception {
        TenantConfig tenant = tenant(SHOP + """
                tenants:
                  shop_1:
                    green:
                    users: ~
                """, "shop_1");

        assertEquals(null, tenant.green());
        assertEquals(null, tenant.sessions().users());
    }

    @Test
    void twoTemplatesHaveTwoNames() throws Exception {
        String yaml = SHOP + """
                  - {name: shop, match: "x*", blue: {cluster: other, database: "{tenant}"}}
                tenants: {shop_1: }
                """;

        assertEquals(
                "tenant-templates[1].name: names the template shop again", directory.complaint("cutover.yaml", yaml));
    }
}
