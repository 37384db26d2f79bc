// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.feature;

/**
 * Whether a feature is on for one tenant.
 *
 * @param selected whether the feature is meant for the tenant at all
 * @param reason why it is on or off, as a sentence without a full stop
 * @param needs the schema version that it needs
 * @param version the serving side's; empty if it is not known
 */
public record FeatureState(String name, boolean on, boolean selected, String reason, String needs, String version) {
    /** How applications see a feature that is on. */
    public static final String ON = "on";
    /** How applications see a feature that is off. */
    public static final String OFF = "off";

    /** As applications see it. */
    public String value() {
        return on ? ON : OFF;
    }
}
