// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import java.time.Duration;
import java.util.function.LongSupplier;

/** A proxy's own lease, by its machine's clock. Safe for use by many threads. */
final class Lease {
    private final long length;
    private final LongSupplier nanos;
    private volatile long renewed;
    /** From when on the leases of others tell who is dead. */
    private volatile long trustworthy;

    /** The lease has run out until it is renewed. */
    Lease(Duration length, LongSupplier nanos) {
        this.length = length.toNanos();
        this.nanos = nanos;
        long now = nanos.getAsLong();
        this.renewed = now - this.length;
        this.trustworthy = now;
    }

    /** When a renewal is asked for. The control database counts from then on at the earliest. */
    long ask() {
        return nanos.getAsLong();
    }

    /** @param asked as {@link #ask} has returned before the renewal */
    void renewed(long asked) {
        renewed = asked;
    }

    /** The control database was away: for the time of a lease nobody is judged by theirs. */
    void distrust() {
        trustworthy = nanos.getAsLong() + length;
    }

    /** Whether it may still run. */
    boolean current() {
        return nanos.getAsLong() - renewed < length;
    }

    /** Whether others may be judged by theirs. */
    boolean judges() {
        return current() && nanos.getAsLong() - trustworthy >= 0;
    }
}
