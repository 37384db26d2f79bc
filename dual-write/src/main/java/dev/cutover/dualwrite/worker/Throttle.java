// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.worker;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Holds the workers of a backfill or a verification back. Called by all of them at once, between two chunks. */
public interface Throttle {
    /** A client that wants a row of a chunk waits for the chunk's end at most. */
    long LONG_CHUNK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Nothing is held back. */
    Throttle NONE = new Throttle() {
        @Override
        public boolean await(BooleanSupplier stopped) {
            return !stopped.getAsBoolean();
        }

        @Override
        public void passed(long rows) {}
    };

    /**
     * Waits until the next chunk may be begun.
     *
     * @param stopped ends the wait
     * @return whether to continue
     */
    boolean await(BooleanSupplier stopped) throws InterruptedException;

    /** A worker has passed rows. Returns when the worker may continue; that is not part of its chunk. */
    void passed(long rows);

    /** About how long a chunk should take. */
    default long chunkNanos() {
        return LONG_CHUNK_NANOS;
    }
}
