// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

/**
 * Since when the connections that were there are no longer used for new transactions. One for all event loops: a connection that
 * is on its way from one loop to another, or is being opened, is in no pool and yet belongs to it. Any thread.
 */
final class Retirement {
    private volatile long at;

    /** Covers what was opened before now, by {@link System#nanoTime}. */
    Retirement(long now) {
        at = now;
    }

    /** Retires the connections whose opening has begun before now. */
    synchronized void begin(long now) {
        if (now - at > 0) {
            at = now;
        }
    }

    /** @param opened when the opening of a connection began */
    boolean covers(long opened) {
        return opened - at < 0;
    }
}
