package dev.cutover.dualwrite.work;

import java.util.function.BooleanSupplier;

/** Holds the workers of a backfill or a verification back. Called by all of them at once, between two chunks. */
public interface Throttle {
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
     * @return whether to go on
     */
    boolean await(BooleanSupplier stopped) throws InterruptedException;

    /** A worker has passed so many rows. */
    void passed(long rows);
}
