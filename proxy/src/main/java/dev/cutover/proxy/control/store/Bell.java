// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import dev.cutover.config.time.Deadline;
import java.time.Duration;

/** Wakes threads that wait for another proxy's answer, when one is announced. Safe for use by many threads. */
public final class Bell {
    /** Where a proxy announces that it has answered. */
    public static final String CHANNEL = "cutover_acknowledged";

    /** Announcements make it prompt; this makes it certain. */
    private static final Duration LOOK = Duration.ofMillis(20);

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
    void await(long heard) throws InterruptedException {
        await(heard, LOOK);
    }

    /** The same. @param most how long, if it does not ring */
    synchronized void await(long heard, Duration most) throws InterruptedException {
        Deadline end = Deadline.after(most);
        for (long left = most.toMillis(); rung == heard && left > 0; left = end.millisLeft()) {
            wait(left);
        }
    }
}
