// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import java.util.concurrent.atomic.LongAdder;

/** Counts how often a plan was carried out. Safe for use by many threads. */
public final class Executions {
    private final LongAdder planned;
    private final Runnable leftToNet;

    Executions(LongAdder planned, Runnable leftToNet) {
        this.planned = planned;
        this.leftToNet = leftToNet;
    }

    /** The statement was sent as planned. */
    public void asPlanned() {
        planned.increment();
    }

    /** It could be mirrored, but not in the transaction that it was sent in. */
    public void leftToNet() {
        leftToNet.run();
    }
}
