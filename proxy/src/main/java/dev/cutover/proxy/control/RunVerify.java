package dev.cutover.proxy.control;

import dev.cutover.config.Phase;
import dev.cutover.config.control.Finding;
import dev.cutover.config.control.OperationRequest;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.resync.Marks;
import dev.cutover.dualwrite.verify.Verification;
import dev.cutover.dualwrite.verify.Verifier;
import dev.cutover.proxy.control.TenantRecord.Verified;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Compares both sides. A clean result after a complete backfill makes the tenant READY; a difference revokes that. */
final class RunVerify implements Verb {
    private static final Duration RESUMABLE = Duration.ofHours(1);
    private static final Duration SETTLE = Duration.ofSeconds(10);
    /** Verification knows marked keys from differing ones; fewer of them only spare it work. */
    private static final long MARKS_LEFT = 200;

    @Override
    public String name() {
        return "verify";
    }

    @Override
    public Outcome run(Tenant tenant, OperationRequest request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Phases.require(tenant, name(), Phase.MIRRORING, Phase.READY, Phase.REVERSIBLE);
        Mirroring mirroring = tenant.requireMirroring();
        Backfill.Progress backfill = progress(tenant, mirroring);
        if (!backfill.done()) {
            throw new RefusedException("the backfill is not complete (" + backfill.rows() + " of " + backfill.total()
                    + " rows); run backfill first");
        }
        Marks.Count marks = mirroring.drain(SETTLE, MARKS_LEFT);
        Verification verification;
        try (Pace pace = Pace.begin(tenant, mirroring.placement().serving(), request.pacing(), false)) {
            verification = new Verifier(mirroring.placement(), mirroring.plan(), pace.workers(), pace, RESUMABLE)
                    .run(
                            new Verifier.Scope(request.repair(), 1),
                            listener.cancelled(),
                            rows -> listener.progress("rows", rows, backfill.total()));
        }
        TenantRecord row = tenant.row()
                .withVerification(new Verified(verification.rows(), verification.mismatches(), verification.at()));
        if (row.phase() != Phase.REVERSIBLE) {
            row = row.withPhase(verification.clean() && marks.failed() == 0 ? Phase.READY : Phase.MIRRORING);
        }
        tenant.save(row);
        if (!verification.clean()) {
            throw new RefusedException(
                    verification.mismatches() + " of " + verification.rows() + " rows differ"
                            + (request.repair() ? "; they are marked and will be made equal: verify again" : ""),
                    findings(verification));
        }
        String refused =
                marks.failed() == 0 ? "" : "; but the idle side refuses " + marks.failed() + " rows, see ledger";
        return new Outcome(verification.rows() + " rows are equal on both sides" + refused);
    }

    private static Backfill.Progress progress(Tenant tenant, Mirroring mirroring) throws SQLException {
        try (Connection connection = mirroring.placement().serving().getConnection()) {
            return Backfill.progress(connection, tenant.name());
        }
    }

    private static List<Finding> findings(Verification verification) {
        return verification.samples().stream()
                .map(difference -> new Finding(
                        "verification",
                        true,
                        difference.table() + " " + difference.key() + ": "
                                + switch (difference.kind()) {
                                    case MISSING -> "missing on the idle side";
                                    case SURPLUS -> "only on the idle side";
                                    case DIFFERENT -> "differs";
                                },
                        "verify --repair"))
                .toList();
    }
}
