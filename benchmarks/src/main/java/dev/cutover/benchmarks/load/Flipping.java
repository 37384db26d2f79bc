// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;

/** A tenant that is flipped and rolled back again and again while something else is done. */
final class Flipping {
    private final Admin admin;
    private final String tenant;
    private volatile int done;

    /** @param tenant one that is READY */
    Flipping(Admin admin, String tenant) {
        this.admin = admin;
        this.tenant = tenant;
    }

    /** @param period from one flip's beginning to the next one's; one that takes longer is followed at once */
    <T> T beside(Duration period, Callable<T> work) throws Exception {
        return Beside.repeat(period, this::move, work);
    }

    /** How often it has moved, in either direction. */
    int done() {
        return done;
    }

    /** There is one thread at a time that moves it. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void move() throws IOException, InterruptedException {
        admin.run(tenant, done % 2 == 0 ? "flip" : "rollback");
        done++;
    }
}
