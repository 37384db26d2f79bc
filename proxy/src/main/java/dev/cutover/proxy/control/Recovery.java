package dev.cutover.proxy.control;

import dev.cutover.config.Phase;
import dev.cutover.config.runtime.StartupException;
import dev.cutover.config.runtime.Text;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.dualwrite.rewrite.MirrorPlan;
import dev.cutover.proxy.control.TenantRecord.PendingWork;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a tenant back to work in the phase that its row names, whatever the last proxy was doing when it ended.
 *
 * <ul>
 *   <li>SWITCHING: the new route was not recorded, so the flip is undone.
 *   <li>MIRRORING, READY, REVERSIBLE: constraints, triggers and net are put where they belong, mirroring starts again.
 *       Changes made while no proxy ran were marked by the net.
 *   <li>PREPARED or STEADY with a token or a clean-up left: what mirroring left behind is removed.
 * </ul>
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private Recovery() {}

    /**
     * Puts a tenant to work as far as its servers answer.
     *
     * @return false if it has to be tried again
     * @throws StartupException if something else is wrong, or if a server is missed by a flip that was interrupted: its
     *     foreign keys may lie on neither side, so that nothing may be written
     */
    static boolean recover(Tenant tenant, Reachability reachability) throws StartupException {
        try {
            boolean later = !reachability.all(tenant.config()) && tenant.phase() != Phase.SWITCHING;
            if (later) {
                tenant.publishRoute("");
                return !needsWork(tenant);
            }
            putToWork(tenant);
            return true;
        } catch (SQLException | RefusedException e) {
            if (e instanceof SQLException lost && Transactions.serverGone(lost) && tenant.phase() != Phase.SWITCHING) {
                tenant.publishRoute("");
                return false;
            }
            throw new StartupException(
                    "tenants." + tenant.name() + ": cannot go on in phase " + tenant.phase() + ": " + Text.firstLine(e),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupException("interrupted", e);
        }
    }

    private static boolean needsWork(Tenant tenant) {
        return tenant.phase().mirroring()
                || tenant.row().pendingWork() == PendingWork.CLEANUP
                || tenant.row().token() != null;
    }

    static void putToWork(Tenant tenant) throws SQLException, RefusedException, InterruptedException {
        if (tenant.phase().mirroring()) {
            undoInterruptedFlip(tenant);
            resumeMirroring(tenant);
        } else if (needsWork(tenant)) {
            EndMirroring.cleanUp(tenant);
        }
        tenant.publishRoute();
    }

    /** A flip that did not get to record its new route has not happened. */
    static void undoInterruptedFlip(Tenant tenant) throws SQLException, RefusedException {
        if (tenant.phase() == Phase.SWITCHING) {
            Phase before = Objects.requireNonNull(tenant.row().switchingFrom(), "SWITCHING has a phase before it");
            LOG.warn("undoing an interrupted flip tenant={} phase={}", tenant.name(), before);
            Flip.undo(tenant, tenant.movement(), before);
        }
    }

    private static void resumeMirroring(Tenant tenant) throws SQLException, RefusedException, InterruptedException {
        Movement movement = tenant.movement();
        String token = Objects.requireNonNull(tenant.row().token(), "a mirroring tenant has a token");
        MirrorPlan plan =
                MirrorPlans.orRefuse(MirrorPlans.draw(movement, tenant.row().serving(), token));
        Placement placement = movement.placement(plan.serving());
        new Constraints(tenant, movement).giveTo(plan.serving(), Duration.ofSeconds(2));
        new Net(plan).install(placement);
        tenant.replaceMirroring(tenant.newMirroring(plan, placement));
    }
}
