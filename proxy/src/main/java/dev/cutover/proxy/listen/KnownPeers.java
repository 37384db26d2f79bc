// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.listen;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The other proxies of the fleet. Not each cancel request asks who they are. Safe for use by many threads. */
final class KnownPeers {
    private static final long FRESH_NANOS = 1_000_000_000;

    private final Supplier<List<InetSocketAddress>> peers;
    private final LongSupplier clock;
    private @Nullable List<InetSocketAddress> known;
    private long askedAt;

    /**
     * @param peers where they listen at the moment; may block
     * @param clock as {@link System#nanoTime}
     */
    KnownPeers(Supplier<List<InetSocketAddress>> peers, LongSupplier clock) {
        this.peers = peers;
        this.clock = clock;
    }

    synchronized List<InetSocketAddress> get() {
        long now = clock.getAsLong();
        List<InetSocketAddress> last = known;
        if (last == null || now - askedAt > FRESH_NANOS) {
            last = peers.get();
            known = last;
            askedAt = now;
        }
        return last;
    }
}
