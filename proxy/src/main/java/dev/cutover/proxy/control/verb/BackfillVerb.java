// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Phase;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord.PendingWork;
import dev.cutover.proxy.control.tenant.ActiveMirror;
import dev.cutover.proxy.control.tenant.Pace;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Copies what was there before mirroring began. A restart resumes where it stopped. */
public final class BackfillVerb implements Verb<VerbRequest.Backfill> {
    private final boolean again;

    private BackfillVerb(boolean again) {
        this.again = again;
    }

    /** As an operator asks for it. */
    public static BackfillVerb asked() {
        return new BackfillVerb(false);
    }

    /** Continues after a restart; if it was paused, it still is. */
    public static BackfillVerb again() {
        return new BackfillVerb(true);
    }

    @Override
    public String name() {
        return "backfill";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Backfill request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Outcome already = Repeated.outcome(tenant, VerbName.BACKFILL);
        if (already != null) {
            return already;
        }
        Phases.require(tenant, name(), Phase.MIRRORING, Phase.READY);
        ActiveMirror mirroring = tenant.requireMirroring();
        tenant.save(tenant.row().withPendingWork(PendingWork.BACKFILL));
        DataSource serving = mirroring.placement().serving();
        try (Pace pace = Pace.begin(tenant, serving, request.pacing(), again)) {
            Backfill backfill = new Backfill(mirroring.placement(), mirroring.plan(), pace.workers(), pace);
            boolean done = backfill.run(() -> {
                report(serving, tenant, listener);
                return listener.cancelled().getAsBoolean();
            });
            if (!done) {
                return new Outcome("interrupted; it resumes when the proxy starts again");
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
            throw new IllegalStateException("the backfill's progress cannot be read: " + OneLine.of(e), e);
        }
    }
}
