// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.feature;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
