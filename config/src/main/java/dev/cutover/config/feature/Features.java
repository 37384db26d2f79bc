// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.feature;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All features that the configuration declares.
 *
 * @param declared in the file's order
 */
public record Features(List<Feature> declared) {
    public static final Features NONE = new Features(List.of());

    public Features {
        declared = List.copyOf(declared);
    }

    /** The names of all, in the file's order. */
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        declared.forEach(feature -> names.add(feature.name()));
        return names;
    }

    /** Which features are on for a tenant. @param version the serving side's schema version; empty if it is not known */
    public TenantFeatures of(String tenant, Map<String, String> tags, String version) {
        if (declared.isEmpty()) {
            return TenantFeatures.NONE;
        }
        Map<String, FeatureState> states = new LinkedHashMap<>();
        for (Feature feature : declared) {
            states.put(feature.name(), feature.of(tenant, tags, version));
        }
        return new TenantFeatures(states);
    }
}
