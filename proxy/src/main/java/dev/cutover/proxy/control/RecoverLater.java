package dev.cutover.proxy.control;

import dev.cutover.config.control.OperationRequest;
import dev.cutover.config.runtime.Text;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.proxy.control.TenantRecord.PendingWork;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a tenant back to work as soon as its servers answer. Until then its sessions are served where the serving side answers,
 * unmirrored: the net marks what they write. As an operation it keeps others away from the tenant.
 */
final class RecoverLater implements Verb {
    private static final Logger LOG = LoggerFactory.getLogger(RecoverLater.class);
    private static final long PAUSE_MILLIS = 500;

    @Override
    public String name() {
        return "recover";
    }

    @Override
    public Outcome run(Tenant tenant, OperationRequest request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        tenant.revokeReady();
        while (!listener.cancelled().getAsBoolean()) {
            try {
                Recovery.putToWork(tenant);
                tenant.recovered();
                LOG.info("its servers answer again tenant={} phase={}", tenant.name(), tenant.phase());
                return tenant.row().pendingWork() == PendingWork.BACKFILL
                        ? new RunBackfill().run(tenant, request, listener)
                        : new Outcome("tenant " + tenant.name() + " is at work again in phase " + tenant.phase());
            } catch (SQLException e) {
                if (!Transactions.serverGone(e)) {
                    throw e;
                }
                tenant.awaitsRecovery(Text.firstLine(e));
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        }
        return new Outcome("interrupted; the next proxy goes on");
    }
}
