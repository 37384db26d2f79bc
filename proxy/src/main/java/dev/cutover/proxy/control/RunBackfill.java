package dev.cutover.proxy.control;

import dev.cutover.config.Phase;
import dev.cutover.config.control.OperationRequest;
import dev.cutover.config.runtime.Text;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.work.Throttle;
import dev.cutover.proxy.control.TenantRecord.PendingWork;
import java.sql.Connection;
import java.sql.SQLException;

/** Copies what was there before mirroring began. A restart goes on where it stopped. */
final class RunBackfill implements Verb {
    private static final int WORKERS = 2;

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
        try (Connection watch = mirroring.placement().serving().getConnection()) {
            boolean done = new Backfill(mirroring.placement(), mirroring.plan(), WORKERS, Throttle.NONE).run(() -> {
                report(watch, tenant, listener);
                return listener.cancelled().getAsBoolean();
            });
            if (!done) {
                return new Outcome("interrupted; it goes on when the proxy starts again");
            }
            tenant.save(tenant.row().withPendingWork(null));
            Backfill.Progress progress = Backfill.progress(watch, tenant.name());
            return new Outcome(progress.rows() + " rows are on both sides");
        }
    }

    private static void report(Connection watch, Tenant tenant, Listener listener) {
        try {
            Backfill.Progress progress = Backfill.progress(watch, tenant.name());
            listener.progress("rows", progress.rows(), progress.total());
        } catch (SQLException e) {
            throw new IllegalStateException("the backfill's progress cannot be read: " + Text.firstLine(e), e);
        }
    }
}
