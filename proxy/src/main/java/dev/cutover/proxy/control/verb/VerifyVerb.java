// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.adminapi.VerifyScope;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.database.Incarnation;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.mark.Marks;
import dev.cutover.dualwrite.verify.RowValues;
import dev.cutover.dualwrite.verify.Verification;
import dev.cutover.dualwrite.verify.Verification.Difference;
import dev.cutover.dualwrite.verify.Verifier;
import dev.cutover.proxy.control.guardrail.Guardrails;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.store.TenantRecord.Verified;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Pace;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** Compares both sides. A clean result after a complete backfill makes the tenant READY; a difference revokes that. */
public final class VerifyVerb implements Verb<VerbRequest.Verify> {
    private static final Duration RESUMABLE = Duration.ofHours(1);
    private static final Duration SETTLE = Duration.ofSeconds(10);
    /** Verification knows marked keys from differing ones; fewer of them only spare it work. */
    private static final long MARKS_LEFT = 200;

    private static final double WHOLE = 100;

    @Override
    public String name() {
        return "verify";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Verify request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Phases.require(tenant, name(), Phase.MIRRORING, Phase.READY, Phase.REVERSIBLE);
        ActiveMirror mirroring = tenant.requireMirroring();
        Backfill.Progress backfill = progress(tenant, mirroring);
        if (!backfill.done() && !mirroring.plan().tables().isEmpty()) {
            throw new RefusedException("the backfill is not complete (" + backfill.rows() + " of " + backfill.total()
                    + " rows); run backfill first");
        }
        VerifyScope comparing = request.scope() == null ? VerifyScope.ALL : request.scope();
        if (!(comparing.percent() > 0 && comparing.percent() <= WHOLE)) {
            throw new RefusedException("a sample is more than 0 and at most 100 percent of the rows");
        }
        String incarnation = endProofsBeforeACrash(tenant, mirroring, listener);
        Marks.Count marks = mirroring.drain(SETTLE, MARKS_LEFT);
        Verification verification;
        try (Pace pace = Pace.begin(tenant, mirroring.placement().serving(), request.pacing(), false)) {
            verification = new Verifier(mirroring.placement(), mirroring.plan(), pace.workers(), pace, RESUMABLE)
                    .run(
                            new Verifier.Scope(request.repair(), comparing.percent() / WHOLE),
                            listener.cancelled(),
                            rows -> listener.progress("rows", rows, backfill.total()));
        }
        if (!Incarnation.recorded(mirroring.placement(), tenant.transition()).equals(incarnation)) {
            throw new RefusedException(
                    "a server has crashed while the sides were compared, and may have lost rows; run verify again");
        }
        boolean sample = comparing.percent() < WHOLE;
        if (!sample || !verification.clean()) {
            record(tenant, verification, marks, incarnation);
        }
        if (!verification.clean()) {
            throw new RefusedException(
                    verification.mismatches() + " of " + verification.rows() + " rows differ"
                            + (request.repair()
                                    ? "; those that have a key are marked and will be made equal: verify again"
                                    : ""),
                    findings(verification, mirroring, comparing.values()));
        }
        if (sample) {
            return new Outcome("the " + verification.rows()
                    + " rows of the sample are equal on both sides; of the others it says nothing");
        }
        if (marks.failed() > 0) {
            throw new RefusedException(
                    marks.failed() + " of " + verification.rows()
                            + " rows are not on the idle side as they should be, since it refuses them; the others are"
                            + " equal",
                    Guardrails.refusedRows(mirroring.plan(), mirroring.placement()));
        }
        return new Outcome(verification.rows() + " rows are equal on both sides");
    }

    /**
     * Neither a result nor a half-done comparison outlives a crash of a server: what was compared may be gone.
     *
     * @return the servers' incarnation, which must be the same when the comparison ends
     */
    private static String endProofsBeforeACrash(Tenant tenant, ActiveMirror mirroring, Listener listener)
            throws SQLException {
        Placement placement = mirroring.placement();
        placement.databases().forEach(tenant.transition()::migrate);
        String incarnation = Incarnation.current(placement, tenant.transition());
        if (!incarnation.equals(tenant.row().verified().incarnation())) {
            for (DataSource database : placement.databases()) {
                try (Connection connection = database.getConnection()) {
                    Verifier.clear(connection, tenant.transition(), tenant.name());
                }
            }
            if (tenant.phase() == Phase.READY) {
                listener.changed("READY was revoked, since a server has crashed");
            }
            TenantRecord next = tenant.row().withVerification(new Verified(0, 0, null, incarnation));
            tenant.save(
                    next.phase() == Phase.READY ? next.withPhase(Phase.MIRRORING) : next,
                    "a server of either side has crashed or failed over since the last verification");
        }
        return incarnation;
    }

    private static void record(Tenant tenant, Verification verification, Marks.Count marks, String incarnation)
            throws SQLException {
        TenantRecord row = tenant.row()
                .withVerification(
                        new Verified(verification.rows(), verification.mismatches(), verification.at(), incarnation));
        if (row.phase() != Phase.REVERSIBLE) {
            row = row.withPhase(verification.clean() && marks.failed() == 0 ? Phase.READY : Phase.MIRRORING);
        }
        tenant.save(row, revoked(verification, marks));
    }

    private static String revoked(Verification verification, Marks.Count marks) {
        if (verification.clean()) {
            return marks.failed() == 0 ? "" : "the idle side refuses " + marks.failed() + " rows";
        }
        Difference first = verification.samples().get(0);
        return "a verification found that " + verification.mismatches() + " of " + verification.rows()
                + " rows differ, for example " + first.table() + " " + first.key();
    }

    private static Backfill.Progress progress(Tenant tenant, ActiveMirror mirroring) throws SQLException {
        try (Connection connection = mirroring.placement().serving().getConnection()) {
            return Backfill.progress(connection, tenant.transition(), tenant.name());
        }
    }

    private static List<Finding> findings(Verification verification, ActiveMirror mirroring, boolean values)
            throws SQLException {
        List<Finding> findings = new ArrayList<>();
        for (Difference difference : verification.samples()) {
            String what =
                    switch (difference.kind()) {
                        case MISSING -> "missing on the idle side";
                        case SURPLUS -> "only on the idle side";
                        case DIFFERENT -> "differs";
                        case COUNTED -> difference.refusal();
                        case REFUSED -> "the idle side's type refuses it: " + difference.refusal();
                    };
            String rows = values ? "; " + RowValues.of(mirroring.placement(), mirroring.plan(), difference) : "";
            findings.add(new Finding(
                    "verification",
                    true,
                    difference.table() + (difference.key().isEmpty() ? "" : " " + difference.key()) + ": " + what
                            + rows,
                    switch (difference.kind()) {
                        case REFUSED -> "change the value, or give the column an expression in the mapping";
                        case COUNTED -> "abort the transition, empty the idle table, and begin again";
                        default -> "verify --repair";
                    }));
        }
        return findings;
    }
}
