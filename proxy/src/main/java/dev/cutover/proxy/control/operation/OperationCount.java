// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import org.jspecify.annotations.Nullable;

/**
 * What an operation has counted.
 *
 * @param before what had been done when it began
 * @param nanos since then
 */
public record OperationCount(long before, long done, long total, long nanos) {
    public long perSecond() {
        return (long) ((done - before) * 1e9 / Math.max(1, nanos));
    }

    public @Nullable Long secondsLeft() {
        long rate = perSecond();
        return rate == 0 ? null : Math.max(0, total - done) / rate;
    }
}
