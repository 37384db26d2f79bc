// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.BypassingWriters;
import dev.cutover.config.Phase;
import dev.cutover.config.PinnedPolicy;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Blocker;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.FlipResult;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.schema.Sequences;
import dev.cutover.proxy.control.guardrail.ForcedGuardrails;
import dev.cutover.proxy.control.guardrail.Guardrails;
import dev.cutover.proxy.control.maintenance.Hold;
import dev.cutover.proxy.control.refusal.DrainTimeoutException;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.store.TenantRecord.PendingWork;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import dev.cutover.proxy.gate.Gate;
import dev.cutover.proxy.route.TenantSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the idle side the serving one: out (flip) or back (rollback), by the same steps.
 *
 * <ol>
 *   <li>Before the hold: guardrails, the other direction's plan, sequences ahead, marks drained.
 *   <li>SWITCHING is recorded; a restart from here on undoes the flip.
 *   <li>The gate closes; running transactions end, or the flip is cancelled and names them. Prepared ones cancel it at once.
 *   <li>The fence goes up on the side that served; the last marks are carried over; constraints and triggers change sides, and
 *       the fence of the side that will serve goes down.
 *   <li>The new route and epoch are recorded: this is the instant of the flip. Then they are published and the gate opens.
 * </ol>
 *
 * Until the new route is recorded, any failure opens the gate on the old side with nothing changed.
 */
public final class FlipVerb implements Verb<VerbRequest.Switch> {
    private static final Logger LOG = LoggerFactory.getLogger(FlipVerb.class);
    private static final long SEQUENCE_HEADROOM = 1_000;
    private static final Duration SETTLE = Duration.ofSeconds(10);
    /** Under load there is always a mark that is just being made. */
    private static final long MARKS_LEFT_TO_THE_HOLD = 50;

    private static final Duration SETTLE_IN_HOLD = Duration.ofSeconds(2);
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(300);
    private static final long PAUSE_BETWEEN_HOLDS_MILLIS = 300;
    private static final Duration FORCED_DRAIN = Duration.ofSeconds(2);

    private final String name;
    private final Phase from;
    private final Phase to;

    private FlipVerb(String name, Phase from, Phase to) {
        this.name = name;
        this.from = from;
        this.to = to;
    }

    public static FlipVerb out() {
        return new FlipVerb("flip", Phase.READY, Phase.REVERSIBLE);
    }

    public static FlipVerb back() {
        return new FlipVerb("rollback", Phase.REVERSIBLE, Phase.READY);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Switch request, Listener listener)
            throws RefusedException, DrainTimeoutException, SQLException, InterruptedException {
        Set<GuardrailName> forced = ForcedGuardrails.of(request.forced(), request.force());
        // A dry run saves nothing, not even to make sure of the row.
        VerbName verb = from == Phase.READY ? VerbName.FLIP : VerbName.ROLLBACK;
        Outcome already = request.dryRun() ? null : Repeated.outcome(tenant, verb);
        Companions companions = companions(tenant, request);
        if (already != null) {
            companions.cancel("it has flipped already");
            return already;
        }
        try {
            return run(tenant, request, forced, companions);
        } catch (RefusedException | DrainTimeoutException | SQLException | RuntimeException e) {
            companions.cancel(OneLine.of(e));
            throw e;
        }
    }

    private static Companions companions(Tenant tenant, VerbRequest.Switch request) {
        String joint = request.joint();
        return joint == null ? new NoCompanions(tenant) : new JointCompanions(tenant, joint);
    }

    private Outcome run(Tenant tenant, VerbRequest.Switch request, Set<GuardrailName> forced, Companions companions)
            throws RefusedException, DrainTimeoutException, SQLException, InterruptedException {
        if (from == Phase.READY && tenant.phase() == Phase.MIRRORING) {
            refuseWhatTookReadyAway(tenant);
        }
        Phases.require(tenant, name, from);
        refuseWithoutFence(tenant);
        ActiveMirror mirroring = tenant.requireMirroring();
        FlipPlan plan = FlipPlan.of(tenant, mirroring, request, to == Phase.READY, forced);
        if (request.dryRun()) {
            return Outcome.planned(
                    ForcedGuardrails.told("all guardrails pass; nothing was changed", plan.findings()),
                    plan.findings(),
                    plan.lines());
        }
        return apply(plan, tenant, request, companions);
    }

    private Outcome apply(FlipPlan plan, Tenant tenant, VerbRequest.Switch request, Companions companions)
            throws RefusedException, DrainTimeoutException, SQLException, InterruptedException {
        TenantSides movement = tenant.movement();
        ActiveMirror mirroring = tenant.requireMirroring();
        List<Finding> findings = plan.findings();
        MirrorPlan back = plan.back();
        Sequences sequences = advanceSequences(mirroring);
        if (!movement.oneDatabase()) {
            tenant.warm(back.serving());
        }
        Backfill.takeAlong(mirroring.placement(), tenant.transition(), tenant.name());
        if (!ForcedGuardrails.of(request.forced(), request.force()).contains(GuardrailName.MATERIALIZED_VIEWS_FILLED)) {
            refreshMaterializedViews(mirroring);
        }
        // What can be made ready is made ready before the hold.
        Next next = new Next(
                tenant.newMirroring(back, mirroring.placement().reversed()),
                tenant.schemaVersion(back.serving()),
                sequences);
        mirroring.drain(SETTLE, MARKS_LEFT_TO_THE_HOLD);
        companions.awaitReady();
        FlipResult result;
        // A read that is being compared holds locks, which the constraints would have to wait for.
        mirroring.reads().pause();
        try {
            result = switchSidesPatiently(tenant, movement, next, request.force(), companions);
        } finally {
            mirroring.reads().resume();
        }
        String unproved = proveNowOrLater(tenant);
        return new Outcome(
                ForcedGuardrails.told(
                                result.serving().label() + " serves from epoch " + result.epoch() + ", hold "
                                        + String.format(java.util.Locale.ROOT, "%.1f", result.holdMillis()) + " ms",
                                findings)
                        + unproved,
                result,
                findings,
                List.of());
    }

    /** A proxy that was stopped, and wakes after the flip, is refused by the fence alone. */
    private void refuseWithoutFence(Tenant tenant) throws RefusedException, SQLException {
        if (tenant.config().bypassingWriters() == BypassingWriters.UNDO && tenant.hasPeers()) {
            throw new RefusedException("tenants." + tenant.name() + ".bypassing-writers is undo: without the fence, a "
                    + name + " with several proxies may lose what a stopped proxy writes late; set it to refuse");
        }
    }

    /** Refused rows take READY away: then they are why a flip does not go, and not the phase. */
    private static void refuseWhatTookReadyAway(Tenant tenant) throws RefusedException, SQLException {
        List<Finding> findings = Guardrails.refusedRows(
                tenant.requireMirroring().plan(), tenant.requireMirroring().placement());
        if (!findings.isEmpty()) {
            throw new RefusedException(findings.get(0).finding() + "; the tenant is not READY", findings);
        }
    }

    private void refreshMaterializedViews(ActiveMirror mirroring) throws RefusedException, SQLException {
        List<Finding> failed = Guardrails.refreshMaterializedViews(mirroring.plan(), mirroring.placement());
        if (!failed.isEmpty()) {
            Finding first = failed.get(0);
            throw new RefusedException(
                    failed.size() + " materialized view(s) refuse the " + name + ", the first: " + first.finding()
                            + "; " + first.remedy(),
                    failed);
        }
    }

    /**
     * The side that is to serve.
     *
     * @param mirroring the other way round, not started
     * @param sequences those that have to be ahead
     */
    private record Next(ActiveMirror mirroring, String schemaVersion, Sequences sequences) {}

    /**
     * A lock that constraints need may be held for a moment by somebody outside the proxy (an autovacuum gives way only after
     * a second). Holding clients that long would be felt; so the gate opens again and a new hold is tried.
     */
    private FlipResult switchSidesPatiently(
            Tenant tenant, TenantSides movement, Next next, boolean force, Companions companions)
            throws RefusedException, DrainTimeoutException, SQLException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            // The places are taken before the gate closes: clients do not wait for other tenants' operations.
            try (Hold places = movement.blueDatabase().reserve(companions.use())) {
                return switchSides(tenant, movement, next, force, companions);
            } catch (SQLException e) {
                if (attempt >= companions.holds() || !Transactions.gaveWay(e) || tenant.phase() != from) {
                    throw e;
                }
                LOG.info("{} gives way and tries again tenant={} reason={}", name, tenant.name(), OneLine.of(e));
                Thread.sleep(PAUSE_BETWEEN_HOLDS_MILLIS * attempt);
            }
        }
    }

    private FlipResult switchSides(Tenant tenant, TenantSides movement, Next next, boolean force, Companions companions)
            throws RefusedException, DrainTimeoutException, SQLException, InterruptedException {
        Side side = next.mirroring().plan().serving();
        Gate gate = tenant.routing().gate();
        tenant.save(tenant.row().switching());
        TenantRecord announced = tenant.row();
        long begin = System.nanoTime();
        gate.close();
        try {
            long running = gate.inFlight();
            drain(tenant, force);
            Blockers.awaitOtherProxies(tenant);
            // One may have been prepared since the guardrails looked; from here on clients of the proxy prepare no
            // more.
            PreparedTransactions.refuseOnFlip(tenant, name);
            long drained = System.nanoTime();
            // Writers that bypass the proxy have written by now, or are refused: settling carries over what they
            // marked.
            new Constraints(tenant, movement).fence(next.mirroring().plan(), LOCK_TIMEOUT);
            settle(tenant, next.sequences());
            // From the commit on other proxies may write the new side. Resync of the old direction would undo that.
            tenant.requireMirroring().suspend();
            long settled = System.nanoTime();
            Constraints constraints = new Constraints(tenant, movement);
            constraints.giveTo(side, LOCK_TIMEOUT);
            long parked = System.nanoTime();
            // Until the commit, the fence of the next serving side refuses a proxy that has slept since an earlier
            // epoch.
            try (Constraints.Lowering lowering = constraints.lowering(side, LOCK_TIMEOUT)) {
                companions.commit(flipped(announced, side));
                lowering.commit();
            }
            tenant.replaceMirroring(next.mirroring());
            tenant.publishRoute(next.schemaVersion());
            int held = tenant.routing().held();
            gate.open();
            releaseOthers(tenant);
            long opened = System.nanoTime();
            if (tenant.routing().policy().pinned() == PinnedPolicy.TERMINATE) {
                tenant.routing().sessions().forEach(TenantSession::endIfLeftBehind);
            }
            LOG.info(
                    "{} held tenant={} epoch={} drainMicros={} resyncMicros={} constraintsMicros={} commitMicros={}",
                    name,
                    tenant.name(),
                    tenant.row().epoch(),
                    (drained - begin) / 1000,
                    (settled - drained) / 1000,
                    (parked - settled) / 1000,
                    (opened - parked) / 1000);
            return new FlipResult(tenant.row().epoch(), side, (opened - begin) / 1e6, running, held);
        } catch (RefusedException | DrainTimeoutException | SQLException | InterruptedException | RuntimeException e) {
            if (gate.closed() && !tenant.doubtful()) {
                undoAfter(e, tenant, movement);
            }
            throw e;
        }
    }

    /** The flip is recorded and done: whatever happens to this, recovery completes it. */
    private void releaseOthers(Tenant tenant) {
        try {
            tenant.save(tenant.row().withHeld(false));
        } catch (SQLException e) {
            LOG.warn("other proxies still hold, will retry tenant={} reason={}", tenant.name(), OneLine.of(e));
        }
    }

    /** If the servers that this needs do not answer, transactions stay held: recovery continues. */
    private void undoAfter(Exception failure, Tenant tenant, TenantSides movement) {
        if (!tenant.leads()) {
            // Another proxy has taken over, and undoes it.
            return;
        }
        try {
            if (tenant.phase() == Phase.SWITCHING) {
                undo(tenant, movement, from);
                tenant.publishRoute();
                tenant.routing().gate().open();
            }
        } catch (SQLException e) {
            failure.addSuppressed(e);
            if (!Transactions.mayPass(e)) {
                tenant.routing().gate().open();
            }
        }
    }

    private static void drain(Tenant tenant, boolean force) throws DrainTimeoutException, InterruptedException {
        Gate gate = tenant.routing().gate();
        Duration timeout = tenant.config().drainTimeout();
        if (gate.awaitDrained(timeout)) {
            return;
        }
        List<Blocker> blockers = Blockers.of(tenant, Instant.now());
        if (force) {
            tenant.routing().sessions().forEach(session -> {
                if (session.activeTransaction().isPresent()) {
                    session.cancelRunning();
                }
            });
            if (gate.awaitDrained(FORCED_DRAIN)) {
                return;
            }
        }
        throw new DrainTimeoutException(
                blockers.size() + " transaction(s) did not end within drain-timeout (" + timeout.toMillis()
                        + " ms); nothing has changed",
                blockers);
    }

    private static void settle(Tenant tenant, Sequences sequences) throws RefusedException, SQLException {
        ActiveMirror mirroring = tenant.requireMirroring();
        Marks.Count left = mirroring.drain(SETTLE_IN_HOLD, 0);
        if (left.pending() > 0) {
            throw new RefusedException(
                    left.pending() + " marked keys could not be carried over in time; nothing has" + " changed");
        }
        try (Connection serving = mirroring.placement().serving().getConnection();
                Connection idle = mirroring.placement().idle().getConnection()) {
            if (!sequences.behind(serving, idle).isEmpty()) {
                sequences.advance(serving, idle, SEQUENCE_HEADROOM);
            }
        }
    }

    private TenantRecord flipped(TenantRecord announced, Side next) {
        return announced
                .withPhase(to)
                .withRoute(next, announced.epoch() + 1)
                .withHeld(true)
                .withPendingWork(PendingWork.VALIDATION);
    }

    /**
     * Leaves SWITCHING for the phase before, with everything where the recorded serving side wants it. The gate stays closed.
     *
     * <p>The row changes first: a commit whose answer was lost, and which is still under way, fails then. It leaves SWITCHING last:
     * until then the gates of all proxies are closed.
     */
    public static void undo(Tenant tenant, TenantSides movement, Phase before) throws SQLException {
        tenant.save(tenant.row());
        leaveSwitching(tenant, before, giveBack(tenant, movement));
        ActiveMirror mirroring = tenant.mirroring();
        if (mirroring != null) {
            mirroring.resume();
        }
    }

    /** @return whether foreign keys came back that have to be proved again */
    private static boolean giveBack(Tenant tenant, TenantSides movement) throws SQLException {
        Side serving = tenant.row().serving();
        Constraints constraints = new Constraints(tenant, movement);
        ActiveMirror mirroring = tenant.mirroring();
        if (mirroring != null && mirroring.carries() && mirroring.plan().serving() == serving) {
            constraints.giveBackTo(serving, Duration.ofSeconds(2), mirroring);
        } else {
            constraints.giveTo(serving, Duration.ofSeconds(2));
            constraints.lowerFence(serving, Duration.ofSeconds(2));
        }
        try (Connection connection = movement.database(serving).getConnection()) {
            return !Parking.unproved(connection, movement.schema(serving)).isEmpty();
        }
    }

    private static void leaveSwitching(Tenant tenant, Phase before, boolean unproved) throws SQLException {
        if (tenant.phase() == Phase.SWITCHING) {
            TenantRecord row = tenant.row().withPhase(before);
            tenant.save(unproved ? row.withPendingWork(PendingWork.VALIDATION) : row);
        }
        LOG.info(
                "flip cancelled tenant={} side={} phase={}",
                tenant.name(),
                tenant.row().serving(),
                before);
    }

    private static Sequences advanceSequences(ActiveMirror mirroring) throws SQLException {
        try (Connection serving = mirroring.placement().serving().getConnection();
                Connection idle = mirroring.placement().idle().getConnection()) {
            Sequences sequences = Sequences.of(
                    serving, idle, mirroring.plan(), mirroring.placement() instanceof Placement.OneDatabase);
            sequences.advance(serving, idle, SEQUENCE_HEADROOM);
            return sequences;
        }
    }

    /**
     * Proves what the flip has left to be proved.
     *
     * @return what is to be told of foreign keys that do not hold; the sides have changed all the same
     * @throws SQLException if it has to be tried again
     */
    public static String prove(Tenant tenant) throws SQLException, RefusedException {
        String violated = Constraints.validate(tenant.movement(), tenant.row().serving());
        tenant.update(row -> row.withPendingWork(null));
        return violated.isEmpty() ? "" : "; but not every foreign key could be validated: " + violated;
    }

    private static String proveNowOrLater(Tenant tenant) throws RefusedException {
        try {
            return prove(tenant);
        } catch (SQLException e) {
            LOG.warn("foreign keys are still to be validated tenant={}", tenant.name(), e);
            return "; foreign keys are still to be validated: " + OneLine.of(e);
        }
    }
}
