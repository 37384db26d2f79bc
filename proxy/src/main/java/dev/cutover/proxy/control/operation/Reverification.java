// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.proxy.control.schedule.RepeatedTask;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.verb.VerifyVerb;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Verifies READY tenants again before their proof is too old: whoever flips finds a fresh one. A difference that it finds takes
 * READY away, as any verification does.
 */
public final class Reverification implements AutoCloseable {
    private static final long LOOK_MILLIS = 1_000;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "reverification");
        thread.setDaemon(true);
        return thread;
    });

    /** @param tenants those that there are at the moment */
    public Reverification(Supplier<Collection<Tenant>> tenants, Operations operations, InstantSource clock) {
        timer.scheduleWithFixedDelay(
                new RepeatedTask("reverification", () -> tenants.get().stream()
                        .filter(tenant -> due(tenant, clock.instant()))
                        .forEach(tenant -> operations.startAside(
                                tenant, new VerifyVerb(), new VerbRequest.Verify(false, null, null)))),
                LOOK_MILLIS,
                LOOK_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    /** Half of the time that a proof lasts is left for the next one. */
    private static boolean due(Tenant tenant, Instant now) {
        Duration most = tenant.config().backfill().maxProofAge();
        Instant at = tenant.row().verified().at();
        return tenant.leads()
                && tenant.phase() == Phase.READY
                && tenant.mirroring() != null
                && at != null
                && due(at, most, now);
    }

    static boolean due(Instant verified, Duration most, Instant now) {
        return !most.isZero() && Duration.between(verified, now).compareTo(most.dividedBy(2)) > 0;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
