// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.feature;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The features of one tenant, as its serving side's schema version makes them.
 *
 * @param byName in the file's order
 */
public record TenantFeatures(Map<String, FeatureState> byName) {
    public static final TenantFeatures NONE = new TenantFeatures(Map.of());

    public TenantFeatures {
        byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    }

    /** Null for a feature that is not declared. */
    public @Nullable FeatureState find(String name) {
        return byName.get(name);
    }

    public Collection<FeatureState> all() {
        return byName.values();
    }
}
