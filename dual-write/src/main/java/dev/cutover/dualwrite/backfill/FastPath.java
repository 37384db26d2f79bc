// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

/**
 * When to copy a chunk the fast way: as if none of its rows were on the idle side yet, so that one which is there fails all of
 * it. To ask for each row is dear, and most of the time none is there. After a chunk has failed, some are copied the careful
 * way before the next try, twice as many each time. Safe for several threads.
 */
final class FastPath {
    private static final int MOST = 256;

    private int careful;
    private int afterNext = 1;

    /** Whether the next chunk may be tried the fast way. */
    synchronized boolean open() {
        if (careful == 0) {
            return true;
        }
        careful--;
        return false;
    }

    /** A chunk has come through. */
    synchronized void passed() {
        afterNext = Math.max(1, afterNext / 2);
    }

    /** A chunk has failed. */
    synchronized void failed() {
        careful = afterNext;
        afterNext = Math.min(MOST, afterNext * 2);
    }
}
