// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import dev.cutover.config.Side;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the migrations of one side of a tenant say.
 *
 * @param version the highest that was applied; null if there is none
 * @param problems migrations that are missing, failed, or were changed since they were applied; null where no tool is
 *     configured
 * @param drift what has changed in the catalog past the migrations: {@code + line} for what is there now, {@code - line} for what
 *     was; null where that cannot be told
 * @param unknownDrift why it cannot be told; null where it can
 * @param error why nothing can be told of this side; null if something can
 */
public record SideVersion(
        String tenant,
        Side side,
        boolean serving,
        @Nullable String schema,
        @Nullable String version,
        @Nullable List<String> problems,
        @Nullable List<String> drift,
        @Nullable String unknownDrift,
        @Nullable String error) {}
