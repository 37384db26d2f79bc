// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.text.OneLine;
import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord.PendingWork;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.verb.FlipVerb;
import dev.cutover.proxy.control.verb.Verb;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recovers a tenant: puts it to work in the phase that its row names. The proxy runs this for each tenant when it starts, and after
 * an operation that has left something half done. Until it succeeds, the tenant's sessions are served by the recorded side, and
 * the net marks what they write.
 *
 * <p>If a server does not answer, the verb retries and keeps others off the tenant. If the tenant cannot be recovered for another
 * reason, it is degraded: the verb retries at longer intervals and gives way to any other verb. One of those may remove the reason,
 * or end the transition.
 */
public final class RecoverVerb implements Verb<VerbRequest.Plain> {
    static final String NAME = "recover";

    private static final Logger LOG = LoggerFactory.getLogger(RecoverVerb.class);
    private static final long SERVER_PAUSE_MILLIS = 500;
    private static final long DEGRADED_PAUSE_MILLIS = 10_000;
    private static final long SLICE_MILLIS = 100;

    private final RecoveryTurns turns;
    private final boolean again;

    /** @param again whether what followed the last recovery has failed: then this one begins with a pause */
    RecoverVerb(RecoveryTurns turns, boolean again) {
        this.turns = turns;
        this.again = again;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Plain request, Listener listener) throws InterruptedException {
        if (again) {
            pause(SERVER_PAUSE_MILLIS, tenant, listener);
        }
        Semaphore turn = turns.of(tenant.config());
        while (true) {
            if (!await(turn, listener)) {
                return new Outcome("interrupted; tenant " + tenant.name() + " is still to be recovered");
            }
            Exception failure;
            try {
                failure = attempt(tenant);
            } finally {
                turn.release();
            }
            if (failure == null) {
                return new Outcome("tenant " + tenant.name() + " is recovered in phase " + tenant.phase());
            }
            boolean mayPass = Transactions.mayPass(failure);
            if (!mayPass && tenant.mirroring() != null && !tenant.row().closed()) {
                throw new IllegalStateException(OneLine.of(failure), failure);
            }
            failed(tenant, OneLine.of(failure), mayPass);
            listener.waiting(!mayPass);
            pause(mayPass ? SERVER_PAUSE_MILLIS : DEGRADED_PAUSE_MILLIS, tenant, listener);
        }
    }

    /** @return false if the verb is to end; then it has no turn */
    private static boolean await(Semaphore turn, Listener listener) throws InterruptedException {
        while (!listener.cancelled().getAsBoolean()) {
            if (turn.tryAcquire(SLICE_MILLIS, TimeUnit.MILLISECONDS)) {
                return true;
            }
        }
        return false;
    }

    /** Why it failed; null if the tenant is recovered. A backfill that is pending is an operation of its own and follows. */
    private static @Nullable Exception attempt(Tenant tenant) throws InterruptedException {
        try {
            Recovery.putToWork(tenant);
            if (tenant.row().pendingWork() == PendingWork.VALIDATION) {
                FlipVerb.prove(tenant);
            }
            String before = tenant.awaitedRecovery();
            tenant.recovered();
            if (before != null) {
                LOG.info("recovered tenant={} phase={}", tenant.name(), tenant.phase());
            }
            return null;
        } catch (RefusedException | SQLException | RuntimeException e) {
            return e;
        }
    }

    private static void failed(Tenant tenant, String reason, boolean mayPass) {
        if (tenant.mirroring() != null && !tenant.row().closed()) {
            return;
        }
        if (!reason.equals(tenant.awaitedRecovery())) {
            LOG.warn(
                    "{} tenant={} phase={} serving={} reason={}",
                    mayPass ? "not recovered, will retry" : "degraded",
                    tenant.name(),
                    tenant.phase(),
                    tenant.row().serving(),
                    reason);
        }
        tenant.revokeReady("the tenant could not be recovered: " + reason);
        tenant.awaitsRecovery(reason);
    }

    /** Ends early if the verb is to end or the tenant's configuration has changed. */
    private static void pause(long millis, Tenant tenant, Listener listener) throws InterruptedException {
        Object config = tenant.config();
        Deadline end = Deadline.after(Duration.ofMillis(millis));
        while (!end.passed() && !listener.cancelled().getAsBoolean() && config.equals(tenant.config())) {
            Thread.sleep(SLICE_MILLIS);
        }
    }
}
