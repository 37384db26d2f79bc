// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import org.jspecify.annotations.Nullable;

/**
 * How fast an operator wants a backfill or a verification to go, in place of what the configuration says.
 *
 * @param rate rows a second, 0 for no limit; null for the configured one
 * @param workers null for the configured number
 */
public record Pacing(@Nullable Integer rate, @Nullable Integer workers) {
    public static final Pacing CONFIGURED = new Pacing(null, null);
}
