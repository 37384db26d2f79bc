// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.proxy.route.Latencies;

/**
 * How long to rest behind a chunk, in times of what the chunk took, so that clients hardly feel it; 0 while there is no need.
 *
 * <p>Beside clients the first rests are long, since nobody knows yet what a chunk does to them. They halve as long as clients
 * are well. Once clients were not, rests double while that lasts and shrink slowly after it. What is allowed is a bound, not a
 * goal: rests grow well before it is reached. They never grow so long that the work stalls.
 *
 * <p>Chunks are gentle, too, for as long as there are clients, even without rests: from short ones, one at a time, to long ones of
 * all workers at once is a step that clients feel.
 *
 * <p>Not for several threads.
 */
public final class ChunkPauses {
    /** A hundredth of fewer transactions says nothing. */
    private static final long ENOUGH = 200;
    /** Below it there is none. */
    private static final double SHORTEST = 0.5;

    private static final double CAREFUL = 16;
    private static final double LONGEST = 64;
    /** Of what clients may be slowed down by: from there on rests grow. */
    private static final double SOON = 0.6;

    private double rest;
    private boolean gentle;
    private boolean clientsSuffered;

    /** Begins: carefully, if there are clients who are not to be slowed down. */
    void beside(boolean clients) {
        rest = clients ? CAREFUL : 0;
        gentle = clients;
    }

    /** Whether chunks should be short, and one at a time. */
    boolean gentle() {
        return gentle;
    }

    double now() {
        return rest;
    }

    /**
     * Takes a look at how clients are.
     *
     * @param allowed how many times as long as otherwise the slowest hundredth of the transactions may take; 0 for any
     * @return whether they suffer
     */
    boolean look(Latencies.View view, double allowed) {
        gentle = allowed > 0 && view.transactions() >= ENOUGH;
        if (!gentle || view.calmOnes() == 0) {
            shrink(0.5);
            return false;
        }
        if (view.slowdown() > 1 + (allowed - 1) * SOON) {
            clientsSuffered = true;
            rest = Math.min(LONGEST, Math.max(SHORTEST, rest * 2));
            return true;
        }
        shrink(clientsSuffered ? 0.9 : 0.5);
        return false;
    }

    private void shrink(double to) {
        rest = rest * to < SHORTEST ? 0 : rest * to;
    }
}
