// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What campaigns may do on the proxy's machine.
 *
 * @param commands the directory whose programs a manifest may name as a gate; null: none
 */
public record CampaignsConfig(@Nullable Path commands) {
    public static final CampaignsConfig NONE = new CampaignsConfig(null);
}
