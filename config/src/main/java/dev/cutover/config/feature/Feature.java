// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.feature;

import dev.cutover.config.selection.TenantSelector;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Something that an application can do once its tenant's schema has a version.
 *
 * @param needs as the file writes it
 * @param least the same, parsed
 * @param tenants for whom it may be on
 */
public record Feature(String name, String needs, VersionNumber least, TenantSelector tenants) {
    /** With its prefix it is an identifier of PostgreSQL, which has at most 63 bytes. */
    private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,46}");

    /** Whether a feature may have this name. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /** @param version the serving side's schema version; empty if it is not known */
    FeatureState of(String tenant, Map<String, String> tags, String version) {
        if (!tenants.selects(tenant, tags)) {
            return new FeatureState(
                    name, false, false, "the feature's tenants do not include this one", needs, version);
        }
        if (version.isEmpty()) {
            return state(false, "the serving side's schema version is not known", version);
        }
        Optional<VersionNumber> reached = VersionNumber.parse(version);
        if (reached.isEmpty()) {
            return state(
                    false,
                    "the serving side's schema version \"" + version + "\" is not a number such as 2.1",
                    version);
        }
        return reached.get().compareTo(least) >= 0
                ? state(true, "the serving side has version " + version, version)
                : state(false, "the serving side has version " + version + ", lower than " + needs, version);
    }

    private FeatureState state(boolean on, String reason, String version) {
        return new FeatureState(name, on, true, reason, needs, version);
    }
}
