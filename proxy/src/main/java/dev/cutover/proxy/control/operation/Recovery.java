// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.store.TenantRecord.PendingWork;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.MirrorPlans;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import dev.cutover.proxy.control.verb.Constraints;
import dev.cutover.proxy.control.verb.EndVerb;
import dev.cutover.proxy.control.verb.FlipVerb;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a tenant to work in the phase that its row names, whatever the last proxy, or an operation that lost its server, was
 * doing when it ended.
 *
 * <ul>
 *   <li>SWITCHING: the new route was not recorded, so the flip is undone.
 *   <li>MIRRORING, READY, REVERSIBLE: constraints, triggers and net are put where they belong, mirroring starts again.
 *       Changes made while no proxy ran were marked by the net.
 *   <li>PREPARED or STEADY with a token or a clean-up left: what mirroring left behind is removed.
 * </ul>
 */
public final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private Recovery() {}

    /**
     * Serves a tenant by its recorded side until it is recovered. Needs no server. If a flip was interrupted, the tenant's foreign
     * keys may lie on neither side: its transactions are held until that is undone.
     */
    static void serveBefore(Tenant tenant) {
        if (tenant.row().closed()) {
            tenant.routing().gate().close();
        }
        tenant.publishRoute("");
    }

    private static void requireUnmovedMarks(Tenant tenant) throws RefusedException {
        TenantRecord row = tenant.row();
        String schema = tenant.transition().name();
        boolean mayHaveMarks = row.phase() != Phase.STEADY || needsWork(tenant);
        if (mayHaveMarks && tenant.config().movable() && !row.transitionSchema().equals(schema)) {
            throw new RefusedException("tenants." + tenant.name() + ".maintenance.schema: is " + schema
                    + ", and the tenant's marks lie in schema " + row.transitionSchema() + "; set it to "
                    + row.transitionSchema() + " until the transition has ended");
        }
    }

    /** Whether an operation has left something that should not wait for the next verb. @param failure null if it has succeeded */
    static boolean needed(Tenant tenant, @Nullable Exception failure) {
        PendingWork pending = tenant.row().pendingWork();
        if (tenant.doubtful() || tenant.row().closed() || pending == PendingWork.VALIDATION) {
            return true;
        }
        boolean halfDone =
                pending != null || !tenant.phase().mirroring() && tenant.row().token() != null;
        boolean unrecovered = tenant.phase().mirroring() && !atWork(tenant);
        return unrecovered
                || tenant.awaitedRecovery() != null
                || halfDone && failure != null && Transactions.mayPass(failure);
    }

    /** Whether the tenant's row says that something of it has to be put to work, or right. */
    static boolean neededAtStart(Tenant tenant) {
        return needsWork(tenant) || tenant.row().pendingWork() != null;
    }

    private static boolean needsWork(Tenant tenant) {
        return tenant.phase().mirroring()
                || tenant.row().held()
                || tenant.row().pendingWork() == PendingWork.CLEANUP
                || tenant.row().token() != null;
    }

    /**
     * Before a verb begins: what a failed one has left is put right.
     *
     * @param required whether the verb needs a tenant that is recovered; a verb that ends a transition does not
     */
    static void complete(Tenant tenant, boolean required) throws SQLException, RefusedException, InterruptedException {
        begin(tenant);
        if (atWork(tenant)) {
            tenant.recovered();
            return;
        }
        try {
            putToWork(tenant);
            tenant.recovered();
        } catch (RefusedException | SQLException | RuntimeException e) {
            if (required || tenant.phase() == Phase.SWITCHING || Transactions.mayPass(e)) {
                throw e;
            }
            LOG.info("not recovered before the transition ends tenant={} reason={}", tenant.name(), OneLine.of(e));
        }
    }

    /** Safe to repeat. A gate that an interrupted flip left closed is open when this returns. */
    public static void putToWork(Tenant tenant) throws SQLException, RefusedException, InterruptedException {
        begin(tenant);
        if (tenant.phase().mirroring()) {
            undoInterruptedFlip(tenant);
            ActiveMirror current = tenant.mirroring();
            if (current == null || !carriesFrom(current, tenant.row().serving())) {
                resumeMirroring(tenant);
            } else {
                current.resume();
            }
        } else if (needsWork(tenant)) {
            EndVerb.stopMirroring(tenant);
            EndVerb.cleanUp(tenant);
        }
        serve(tenant);
    }

    /**
     * A hold outside of SWITCHING ends first: that needs the server of the side that serves only. What a leader before this one may do
     * late to the other side concerns no client: it can record nothing, and its resync had stopped before the hold.
     */
    private static void begin(Tenant tenant) throws SQLException, RefusedException, InterruptedException {
        catchUp(tenant);
        requireUnmovedMarks(tenant);
        if (tenant.row().held()) {
            tenant.expelPredecessorsFromServing();
            releaseGates(tenant);
        }
        tenant.expelPredecessors();
    }

    /**
     * Ends a hold that the row asks for outside of SWITCHING. A flip that was recorded has left the fence of the side that serves now to
     * be lifted, at most. Clients do not wait for anything else: the net marks what they write.
     */
    private static void releaseGates(Tenant tenant) throws SQLException, RefusedException {
        if (tenant.phase().mirroring()) {
            new Constraints(tenant, tenant.movement()).lowerFence(tenant.row().serving(), Duration.ofSeconds(2));
        }
        tenant.save(tenant.row().withHeld(false));
        serve(tenant);
    }

    /** By the recorded side. What was mirrored here before by another plan is not, until mirroring is resumed. */
    private static void serve(Tenant tenant) {
        ActiveMirror current = tenant.mirroring();
        if (current != null && !carriesFrom(current, tenant.row().serving())) {
            tenant.replaceMirroring(null);
        }
        tenant.publishRoute();
        tenant.routing().gate().open();
    }

    /** Reads the row again if it may have changed without this proxy's knowing. */
    static void catchUp(Tenant tenant) throws SQLException {
        if (tenant.doubtful()) {
            long before = tenant.row().revision();
            tenant.reload();
            if (tenant.row().revision() != before) {
                LOG.info(
                        "a change was recorded whose answer was lost tenant={} phase={}",
                        tenant.name(),
                        tenant.phase());
            }
        }
    }

    private static boolean carriesFrom(ActiveMirror current, Side serving) {
        return current.carries() && current.plan().serving() == serving;
    }

    /** Whether the row and what is running here go together. */
    public static boolean atWork(Tenant tenant) {
        ActiveMirror current = tenant.mirroring();
        TenantRecord row = tenant.row();
        boolean mirrored = current != null && carriesFrom(current, row.serving());
        return !row.closed()
                && tenant.routing().route().epoch() == row.epoch()
                && (row.phase().mirroring() ? mirrored : current == null)
                && !tenant.routing().gate().closed();
    }

    /** A flip that did not get to record its new route has not happened. */
    static void undoInterruptedFlip(Tenant tenant) throws SQLException, RefusedException {
        if (tenant.phase() == Phase.SWITCHING) {
            Phase before = Objects.requireNonNull(tenant.row().switchingFrom(), "SWITCHING has a phase before it");
            LOG.warn("undoing an interrupted flip tenant={} phase={}", tenant.name(), before);
            FlipVerb.undo(tenant, tenant.movement(), before);
            serve(tenant);
        }
    }

    private static void resumeMirroring(Tenant tenant) throws SQLException, RefusedException, InterruptedException {
        TenantSides movement = tenant.movement();
        TenantRecord row = tenant.row();
        String secret = Objects.requireNonNull(row.token(), "a mirroring tenant has a secret");
        MirrorPlan plan = MirrorPlans.orRefuse(MirrorPlans.draw(movement, row.serving(), secret, row.epoch()));
        Placement placement = movement.placement(plan.serving());
        placement.databases().forEach(movement.transition()::migrate);
        new Constraints(tenant, movement).giveTo(plan.serving(), Duration.ofSeconds(2));
        new Constraints(tenant, movement).lowerFence(plan.serving(), Duration.ofSeconds(2));
        new Net(plan).install(placement);
        new Constraints(tenant, movement).fence(plan, Duration.ofSeconds(2));
        tenant.replaceMirroring(tenant.newMirroring(plan, placement));
    }
}
