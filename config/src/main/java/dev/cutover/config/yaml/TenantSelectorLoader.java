// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.selection.TenantSelector;
import dev.cutover.config.text.NamePattern;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;

/** Reads {@code {match: "shop_*", tags: {plan: free}, except: [NAME]}}. */
final class TenantSelectorLoader {
    private TenantSelectorLoader() {}

    /** Of nothing: all tenants. */
    static TenantSelector load(YamlNode node) throws ConfigException {
        if (!node.present()) {
            return TenantSelector.ALL;
        }
        YamlNode match = node.get("match");
        Map<String, String> tags = new LinkedHashMap<>();
        for (Map.Entry<String, YamlNode> tag : node.get("tags").children().entrySet()) {
            tags.put(tag.getKey(), tag.getValue().text());
        }
        TenantSelector selector = new TenantSelector(
                match.present() ? pattern(match) : null,
                tags,
                new LinkedHashSet<>(node.get("except").texts()));
        node.noOtherKeys();
        return selector;
    }

    private static NamePattern pattern(YamlNode node) throws ConfigException {
        try {
            return new NamePattern(node.text());
        } catch (IllegalArgumentException e) {
            throw node.complaint(String.valueOf(e.getMessage()));
        }
    }
}
