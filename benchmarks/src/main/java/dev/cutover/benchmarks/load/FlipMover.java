// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Flips a tenant, and rolls it back. */
final class FlipMover implements Mover {
    private final Admin admin;
    private final String tenant;
    private boolean flipped;

    FlipMover(Admin admin, String tenant) {
        this.admin = admin;
        this.tenant = tenant;
    }

    @Override
    public Move move() throws IOException, InterruptedException {
        Admin.Ended ended = admin.ended(tenant, admin.start(tenant, flipped ? "rollback" : "flip"));
        if (ended.succeeded()) {
            flipped = !flipped;
        }
        return new Move(
                micros(ended.startedAt()),
                micros(ended.endedAt()),
                Math.round(ended.holdMillis() * 1000),
                ended.succeeded() ? "" : ended.message());
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
