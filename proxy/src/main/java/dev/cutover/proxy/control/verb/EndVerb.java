// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.net.Fence;
import dev.cutover.dualwrite.net.NetRemoval;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.verify.Verifier;
import dev.cutover.proxy.control.maintenance.Hold;
import dev.cutover.proxy.control.refusal.DrainTimeoutException;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.store.TenantRecord.LastEnd;
import dev.cutover.proxy.control.store.TenantRecord.PendingWork;
import dev.cutover.proxy.control.store.TenantRecord.Verified;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import dev.cutover.proxy.gate.Gate;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends mirroring: after a flip (complete) or instead of one (abort). The serving side continues serving; the idle side stays
 * as it is from this moment.
 *
 * <p>A rewritten statement must not meet a net that is gone, so the route changes behind a closed gate. What is then left
 * of the transition is removed; the row says so until it is done, and a restart continues with it.
 */
public final class EndVerb<R extends VerbRequest> implements Verb<R> {
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final int ATTEMPTS = 60;
    private static final String DEPENDENTS_EXIST = "2BP01";
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private static final Logger LOG = LoggerFactory.getLogger(EndVerb.class);

    private final VerbName verb;
    private final Function<R, VerbRequest.Complete> afterwards;
    private final Phase[] allowed;

    private EndVerb(VerbName verb, Function<R, VerbRequest.Complete> afterwards, Phase... allowed) {
        this.verb = verb;
        this.afterwards = afterwards;
        this.allowed = allowed;
    }

    public static EndVerb<VerbRequest.Complete> complete() {
        return new EndVerb<>(VerbName.COMPLETE, Function.identity(), Phase.REVERSIBLE);
    }

    /** The old side is the one that serves: it is not dropped. */
    public static EndVerb<VerbRequest.Plain> abort() {
        VerbRequest.Complete nothing = new VerbRequest.Complete(false, false);
        return new EndVerb<>(VerbName.ABORT, plain -> nothing, Phase.PREPARED, Phase.MIRRORING, Phase.READY);
    }

    @Override
    public String name() {
        return verb.label();
    }

    @Override
    public boolean requiresRecovery() {
        return false;
    }

    @Override
    public Outcome run(Tenant tenant, R request, Listener listener)
            throws RefusedException, DrainTimeoutException, SQLException, InterruptedException {
        VerbRequest.Complete asked = afterwards.apply(request);
        boolean dropsOld = asked.dropOld();
        if (dropsOld && tenant.phase() == Phase.STEADY && tenant.row().pendingWork() == null) {
            return dropOld(tenant, asked.snapshot(), listener);
        }
        Outcome already = dropsOld ? null : Repeated.outcome(tenant, verb);
        if (already != null) {
            return already;
        }
        if (tenant.row().pendingWork() != PendingWork.CLEANUP) {
            Phases.require(tenant, name(), allowed);
            if (dropsOld && asked.snapshot()) {
                SideSnapshot.require(tenant, tenant.row().serving().other());
            }
            if (tenant.row().pendingWork() == PendingWork.VALIDATION) {
                FlipVerb.prove(tenant);
            }
            if (tenant.phase() == Phase.REVERSIBLE) {
                refuseWhileAProxySleeps(tenant);
            }
            leave(tenant);
        }
        cleanUp(tenant);
        if (dropsOld) {
            return completeAndDropOld(tenant, asked.snapshot(), listener);
        }
        return steady(tenant, "");
    }

    /** The fence refuses what it would write to the side that served before, and the end of the transition removes the fence. */
    private static void refuseWhileAProxySleeps(Tenant tenant) throws RefusedException, SQLException {
        List<String> sleepers = tenant.sleepingProxies();
        if (!sleepers.isEmpty()) {
            throw new RefusedException(
                    sleepers.size() + " proxy(s) do not answer and have not ended: " + String.join(", ", sleepers)
                            + "; let them continue, or end their processes, and try again. The session of a lost host ends within a minute");
        }
    }

    private static Outcome steady(Tenant tenant, String more) {
        return new Outcome("tenant " + tenant.name() + " is STEADY, "
                + tenant.row().serving().label() + " serves" + more);
    }

    /** The net is gone: the snapshot has the side as its migrations made it. */
    private static Outcome dropOld(Tenant tenant, boolean snapshot, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Side old = tenant.row().serving().other();
        if (!DropSide.exists(tenant, old)) {
            String nothing = "there is nothing to drop: " + old.label() + " has no schema "
                    + tenant.movement().schema(old);
            if (tenant.row().lastEnd() != LastEnd.COMPLETE) {
                throw new RefusedException(nothing);
            }
            return steady(tenant, "; " + nothing);
        }
        DropSide.tryOut(tenant, old);
        String taken = "";
        if (snapshot) {
            String name = SideSnapshot.take(tenant, old, listener.cancelled()).name();
            taken = " after snapshot " + name;
            listener.changed("snapshot " + name + " was taken");
        }
        tenant.assertLead();
        DropSide.drop(tenant, old);
        return steady(tenant, "; the schema of " + old.label() + " was dropped" + taken);
    }

    /** The same, at the end of complete: that has been done by now, so this is no longer refused but has failed. */
    private static Outcome completeAndDropOld(Tenant tenant, boolean snapshot, Listener listener)
            throws SQLException, InterruptedException {
        try {
            return dropOld(tenant, snapshot, listener);
        } catch (RefusedException e) {
            throw new SQLException(steady(tenant, "").message() + ", but " + e.getMessage(), DEPENDENTS_EXIST, e);
        }
    }

    /** For a tenant whose row says that mirroring has ended, where the answer to that was lost. */
    public static void stopMirroring(Tenant tenant) throws SQLException, InterruptedException {
        Gate gate = tenant.routing().gate();
        gate.close();
        try {
            if (tenant.mirroring() != null && !gate.awaitDrained(tenant.config().drainTimeout())) {
                throw new SQLException("transactions did not end within drain-timeout", LOCK_NOT_AVAILABLE);
            }
            tenant.replaceMirroring(null);
            tenant.publishRoute();
        } finally {
            gate.open();
        }
    }

    private void leave(Tenant tenant)
            throws RefusedException, DrainTimeoutException, SQLException, InterruptedException {
        // The places are taken before the gate closes: clients do not wait for other tenants' operations.
        try (Hold places = tenant.movement().blueDatabase().reserve()) {
            leaveWithPlaces(tenant);
        }
    }

    private void leaveWithPlaces(Tenant tenant)
            throws RefusedException, DrainTimeoutException, SQLException, InterruptedException {
        ActiveMirror mirroring = tenant.mirroring();
        if (mirroring != null) {
            PreparedTransactions.refuseOnServing(mirroring, name());
            PreparedTransactions.refuseOnIdle(mirroring, name());
        }
        Gate gate = tenant.routing().gate();
        tenant.save(tenant.row().withHeld(true));
        gate.close();
        try {
            if (!gate.awaitDrained(tenant.config().drainTimeout())) {
                throw new DrainTimeoutException(
                        "transactions did not end within drain-timeout; nothing has changed",
                        Blockers.of(tenant, Instant.now()));
            }
            Blockers.awaitOtherProxies(tenant);
            if (mirroring != null) {
                PreparedTransactions.refuseOnServing(mirroring, name());
            }
            TenantRecord row = tenant.row();
            tenant.save(row.withPhase(Phase.STEADY)
                    .withRoute(row.serving(), row.epoch() + 1)
                    .withHeld(false)
                    .withPendingWork(PendingWork.CLEANUP));
            tenant.replaceMirroring(null);
            tenant.publishRoute();
        } finally {
            try {
                if (tenant.row().held() && !tenant.doubtful()) {
                    tenant.save(tenant.row().withHeld(false));
                }
            } finally {
                gate.open();
            }
        }
    }

    /**
     * Removes what mirroring has left in the tenant's databases; safe to repeat. It draws no plan: an operator may end a
     * transition because none can be drawn any more.
     */
    public static void cleanUp(Tenant tenant) throws RefusedException, SQLException, InterruptedException {
        TenantSides movement = tenant.movement();
        Side idle = tenant.row().serving().other();
        for (Side side : Side.values()) {
            Transactions.Steps remove = connection -> Fence.remove(connection, movement.schema(side));
            Transactions.retrying(movement.database(side), LOCK_TIMEOUT, ATTEMPTS, remove.asWork());
        }
        NetRemoval net = new NetRemoval(movement.transition(), tenant.name());
        for (Side side : List.of(idle.other(), idle)) {
            net.from(movement.database(side), movement.schema(side));
        }
        Transactions.Steps restore =
                connection -> new Parking(movement.transition(), tenant.name()).restore(connection, idle);
        Transactions.retrying(movement.database(idle), LOCK_TIMEOUT, ATTEMPTS, restore.asWork());
        String unproved = Constraints.validate(movement, idle);
        if (!unproved.isEmpty()) {
            LOG.info(
                    "foreign keys of the side that is left stay unproved tenant={} reason={}", tenant.name(), unproved);
        }
        for (DataSource database : movement.placement(idle.other()).databases()) {
            Transactions.Steps clear = connection -> {
                new Marks(movement.transition(), tenant.name()).clear(connection);
                Backfill.clear(connection, movement.transition(), tenant.name());
                Verifier.clear(connection, movement.transition(), tenant.name());
            };
            Transactions.retrying(database, LOCK_TIMEOUT, ATTEMPTS, clear.asWork());
        }
        tenant.save(tenant.row()
                .withPendingWork(null)
                .withToken(null)
                .withMapping(null)
                .withVerification(Verified.NEVER));
    }
}
