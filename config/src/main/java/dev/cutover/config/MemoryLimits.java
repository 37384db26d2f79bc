// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/**
 * How many bytes of prepared statements clients may keep in the proxy, and how many of unfinished messages, counted apart. Zero
 * means no limit.
 *
 * @param perSession of one session; default 16 MB
 * @param perTenant of all sessions of one tenant; default 64 MB
 * @param inAll of all sessions; default a quarter of the heap
 */
public record MemoryLimits(long perSession, long perTenant, long inAll) {
    private static final long MEGABYTE = 1024 * 1024;

    public static final MemoryLimits DEFAULT =
            new MemoryLimits(16 * MEGABYTE, 64 * MEGABYTE, Runtime.getRuntime().maxMemory() / 4);
}
