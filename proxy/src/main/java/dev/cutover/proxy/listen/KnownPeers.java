// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.listen;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The other proxies of the fleet. A proxy that has joined a moment ago may have the session that a cancel request means, so the answer
 * is never older than the request. Requests that come during a pause share one answer: strangers may send as many as they like. Safe
 * for use by many threads.
 */
final class KnownPeers {
    static final long PAUSE_NANOS = 50_000_000;

    private final Supplier<Optional<List<InetSocketAddress>>> peers;
    private final LongSupplier clock;
    private final LongConsumer sleep;
    private List<InetSocketAddress> known = List.of();
    private boolean asked;
    private long askedAt;

    /**
     * @param peers where they listen at the moment; empty if that cannot be found out; may block
     * @param clock as {@link System#nanoTime}
     * @param sleep waits for a number of nanoseconds of that clock
     */
    KnownPeers(Supplier<Optional<List<InetSocketAddress>>> peers, LongSupplier clock, LongConsumer sleep) {
        this.peers = peers;
        this.clock = clock;
        this.sleep = sleep;
    }

    /** When a request comes. */
    long now() {
        return clock.getAsLong();
    }

    /**
     * Blocks while it asks.
     *
     * @param arrival when the request came, by {@link #now}
     * @return those of that time or later; the last known ones if nobody can say
     */
    synchronized List<InetSocketAddress> since(long arrival) {
        if (!asked || askedAt - arrival < 0) {
            long left = asked ? askedAt + PAUSE_NANOS - clock.getAsLong() : 0;
            if (left > 0) {
                sleep.accept(left);
            }
            asked = true;
            askedAt = clock.getAsLong();
            known = peers.get().orElse(known);
        }
        return known;
    }
}
