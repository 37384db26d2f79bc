// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.proxy.control.schedule.RepeatedTask;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.verb.VerifyVerb;
import java.time.Duration;
import java.time.Instant;
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

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "reverification");
        thread.setDaemon(true);
        return thread;
    });

    /** @param tenants those that there are at the moment */
    public Reverification(Supplier<Collection<Tenant>> tenants, Operations operations) {
        clock.scheduleWithFixedDelay(
                new RepeatedTask("reverification", () -> tenants.get().stream()
                        .filter(Reverification::due)
                        .forEach(tenant -> operations.startAside(
                                tenant, new VerifyVerb(), new VerbRequest.Verify(false, null, null)))),
                LOOK_MILLIS,
                LOOK_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    /** Half of the time that a proof lasts is left for the next one. */
    private static boolean due(Tenant tenant) {
        Duration most = tenant.config().backfill().maxProofAge();
        Instant at = tenant.row().verified().at();
        return tenant.leads()
                && tenant.phase() == Phase.READY
                && tenant.mirroring() != null
                && at != null
                && !most.isZero()
                && Duration.between(at, Instant.now()).compareTo(most.dividedBy(2)) > 0;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
