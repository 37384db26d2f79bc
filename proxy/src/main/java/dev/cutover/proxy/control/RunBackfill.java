package dev.cutover.proxy.control;

import dev.cutover.config.Phase;
import dev.cutover.config.control.OperationRequest;
import dev.cutover.config.runtime.Text;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.proxy.control.TenantRecord.PendingWork;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Copies what was there before mirroring began. A restart goes on where it stopped. */
final class RunBackfill implements Verb {
    private final boolean again;

    private RunBackfill(boolean again) {
        this.again = again;
    }

    /** As an operator asks for it. */
    static RunBackfill asked() {
        return new RunBackfill(false);
    }

    /** Goes on after a restart; if it was paused, it still is. */
    static RunBackfill again() {
        return new RunBackfill(true);
    }

    @Override
    public String name() {
        return "backfill";
    }

    @Override
    public Outcome run(Tenant tenant, OperationRequest request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Phases.require(tenant, name(), Phase.MIRRORING, Phase.READY);
        Mirroring mirroring = tenant.requireMirroring();
        tenant.save(tenant.row().withPendingWork(PendingWork.BACKFILL));
        DataSource serving = mirroring.placement().serving();
        try (Pace pace = Pace.begin(tenant, serving, request.pacing(), again)) {
            Backfill backfill = new Backfill(mirroring.placement(), mirroring.plan(), pace.workers(), pace);
            boolean done = backfill.run(() -> {
                report(serving, tenant, listener);
                return listener.cancelled().getAsBoolean();
            });
            if (!done) {
                return new Outcome("interrupted; it goes on when the proxy starts again");
            }
            tenant.save(tenant.row().withPendingWork(null));
            Backfill.Progress progress = progress(serving, tenant);
            return new Outcome(progress.rows() + " rows are on both sides");
        }
    }

    private static Backfill.Progress progress(DataSource serving, Tenant tenant) throws SQLException {
        try (Connection connection = serving.getConnection()) {
            return Backfill.progress(connection, tenant.transition(), tenant.name());
        }
    }

    private static void report(DataSource serving, Tenant tenant, Listener listener) {
        try {
            Backfill.Progress progress = progress(serving, tenant);
            listener.progress("rows", progress.rows(), progress.total());
        } catch (SQLException e) {
            throw new IllegalStateException("the backfill's progress cannot be read: " + Text.firstLine(e), e);
        }
    }
}
