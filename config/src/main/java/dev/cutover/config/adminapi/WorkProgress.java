// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import org.jspecify.annotations.Nullable;

/**
 * A running backfill or verification.
 *
 * @param done rows passed so far
 * @param perSecond rows a second, since this run of it began
 * @param secondsLeft at that rate; null while it cannot be told
 * @param heldBackBy why it does not go as fast as it could, in one line; null if nothing holds it back
 */
public record WorkProgress(
        String verb,
        long done,
        long total,
        long perSecond,
        @Nullable Long secondsLeft,
        boolean paused,
        @Nullable String heldBackBy) {}
