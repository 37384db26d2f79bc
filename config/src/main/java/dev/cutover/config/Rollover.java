// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.time.Duration;

/**
 * How one process of the proxy takes over from another.
 *
 * @param reusePort whether other processes of the same user may listen on the same address (SO_REUSEPORT)
 * @param drainDelay how long a proxy that was asked to drain still accepts clients while {@code /ready} says no
 */
public record Rollover(boolean reusePort, Duration drainDelay) {
    public static final Rollover DEFAULT = new Rollover(false, Duration.ZERO);
}
