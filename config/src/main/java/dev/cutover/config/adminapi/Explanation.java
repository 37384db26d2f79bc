// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the proxy makes of a statement.
 *
 * @param statement the text that is explained
 * @param mirroring whether the tenant mirrors now; if not, the rewrite is what it would be
 * @param intents one for each statement of the text
 * @param outcome mirrored, unchanged or refused
 * @param reason why it is not mirrored; empty if there is nothing to mirror
 * @param rewritten the text sent to the serving side when it is mirrored; the token that begins it is left out
 */
public record Explanation(
        String statement,
        boolean mirroring,
        List<String> intents,
        String outcome,
        String reason,
        @Nullable String rewritten) {}
