// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.config.feature.Features;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeaturesLoaderTest {
    private static Features load(String yaml) throws ConfigException {
        return FeaturesLoader.load(YamlNode.parse("c.yaml", yaml).get("features"));
    }

    @Test
    void readsFeaturesInTheFilesOrder() throws Exception {
        Features features = load("""
                features:
                  new_checkout: {needs: "2.1", tenants: {match: "shop_*", tags: {plan: free}, except: [shop_9]}}
                  _chat: {needs: 3}
                """);

        assertEquals(List.of("new_checkout", "_chat"), new ArrayList<>(features.names()));
        assertEquals(
                Map.of("plan", "free"), features.declared().get(0).tenants().tags());
        assertEquals(Set.of("shop_9"), features.declared().get(0).tenants().except());
        assertEquals("3", features.declared().get(1).needs());
    }

    @Test
    void withoutTheKeyThereAreNone() throws Exception {
        assertEquals(Features.NONE, load("other: 1"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "features: [a] | features: must be a mapping of names",
                "'features: {Big: {needs: \"1\"}}' | features.Big: a feature's name is made of lower-case letters, digits"
                        + " and \"_\", at most 47, and does not begin with a digit",
                "'features: {1st: {needs: \"1\"}}' | features.1st: a feature's name is made of lower-case letters, digits"
                        + " and \"_\", at most 47, and does not begin with a digit",
                "'features: {a: {}}' | features.a.needs: is missing",
                "'features: {a: 2}' | features.a: must be a mapping of keys",
                "'features: {a: {needs: 2.10}}' | features.a.needs: must be in quotes, such as \"2.10\": without them"
                        + " YAML reads 2.10 as the number 2.1",
                "'features: {a: {needs: two}}' | features.a.needs: must be a version of numbers such as \"2.1\"",
                "'features: {a: {needs: \"2.\"}}' | features.a.needs: must be a version of numbers such as \"2.1\"",
                "'features: {a: {needs: \"1\", on: true}}' | features.a.on: unknown key; known here: needs, tenants",
                "'features: {a: {needs: \"1\", tenants: {name: x}}}' | features.a.tenants.name: unknown key; known here:"
                        + " match, tags, except",
                "'features: {a: {needs: \"1\", tenants: {match: \"a b\"}}}' | features.a.tenants.match: must be a tenant's"
                        + " name in which * stands for any characters and ? for one, at most 63",
                "'features: {a: {needs: \"1\", tenants: {tags: [x]}}}' | features.a.tenants.tags: must be a mapping of names",
                "'features: {a: {needs: \"1\", tenants: {except: x}}}' | features.a.tenants.except: must be a list"
            })
    void eachMistakeNamesItsPlace(String yaml, String complaint) {
        ConfigException refusal = assertThrows(ConfigException.class, () -> load(yaml));

        assertEquals("c.yaml: " + complaint, refusal.getMessage());
    }
}
