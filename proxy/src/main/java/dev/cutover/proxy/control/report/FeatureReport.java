// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.report;

import dev.cutover.config.adminapi.TenantFeature;
import dev.cutover.config.feature.TenantFeatures;
import java.util.List;

/** Tells which features are on for a tenant, and why. */
public final class FeatureReport {
    private FeatureReport() {}

    public static List<TenantFeature> of(TenantFeatures features) {
        return features.all().stream()
                .map(feature -> new TenantFeature(
                        feature.name(),
                        feature.on(),
                        feature.reason(),
                        feature.needs(),
                        feature.version().isEmpty() ? null : feature.version()))
                .toList();
    }
}
