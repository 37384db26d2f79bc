// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.time.Deadline;
import java.time.Duration;

/** Wakes threads that wait for another proxy's answer, when one is announced. Safe for use by many threads. */
public final class Bell {
    /** Where a proxy announces that it has answered. */
    public static final String CHANNEL = "cutover_acknowledged";

    /** Announcements make it prompt; this makes it certain. */
    private static final long LOOK_MILLIS = 20;

    private long rung;

    /** An announcement has come. */
    public synchronized void ring() {
        rung++;
        notifyAll();
    }

    /** How often it has rung. */
    synchronized long heard() {
        return rung;
    }

    /** Waits until it has rung again, or until it is time to look anyway. @param heard how often it had rung before the last look */
    synchronized void await(long heard) throws InterruptedException {
        Deadline end = Deadline.after(Duration.ofMillis(LOOK_MILLIS));
        for (long left = LOOK_MILLIS; rung == heard && left > 0; left = end.millisLeft()) {
            wait(left);
        }
    }
}
