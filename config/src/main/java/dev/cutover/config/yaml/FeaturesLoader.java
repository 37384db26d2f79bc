// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.feature.Feature;
import dev.cutover.config.feature.Features;
import dev.cutover.config.feature.VersionNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads {@code features: {NAME: {needs: VERSION, tenants: {...}}}}. */
final class FeaturesLoader {
    private FeaturesLoader() {}

    static Features load(YamlNode node) throws ConfigException {
        List<Feature> features = new ArrayList<>();
        for (Map.Entry<String, YamlNode> entry : node.children().entrySet()) {
            features.add(feature(entry.getKey(), entry.getValue()));
        }
        return new Features(features);
    }

    private static Feature feature(String name, YamlNode node) throws ConfigException {
        if (!Feature.isName(name)) {
            throw node.complaint("a feature's name is made of lower-case letters, digits and \"_\", at most 47,"
                    + " and does not begin with a digit");
        }
        YamlNode needs = node.require("needs");
        if (needs.isFraction()) {
            throw needs.complaint(
                    "must be in quotes, such as \"2.10\": without them YAML reads 2.10 as the number 2.1");
        }
        Feature feature = new Feature(
                name,
                needs.text(),
                VersionNumber.parse(needs.text())
                        .orElseThrow(() -> needs.complaint("must be a version of numbers such as \"2.1\"")),
                TenantSelectorLoader.load(node.get("tenants")));
        node.noOtherKeys();
        return feature;
    }
}
