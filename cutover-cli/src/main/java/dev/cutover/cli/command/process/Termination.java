// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.process;

import java.util.concurrent.CountDownLatch;

/** Waits for SIGTERM or SIGINT and ends the process in order. */
public final class Termination {
    private Termination() {}

    /** Ends the process as a signal does. Returns never, so it is for a thread of its own. */
    static void begin() {
        System.exit(0);
    }

    /**
     * Blocks until a signal asks the process to end, then runs {@code close}. The JVM runs shutdown hooks on the signal and
     * exits when they are done, with status 143 or 130; the hook here waits for {@code close} and then halts with 0, since
     * an ending that was asked for and in order is a success.
     */
    public static void await(Runnable close) {
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                close.run();
                System.out.flush();
            } finally {
                closed.countDown();
                Runtime.getRuntime().halt(0);
            }
        }));
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
