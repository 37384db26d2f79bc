package dev.cutover.proxy.control;

import dev.cutover.config.control.OperationRequest;
import dev.cutover.config.runtime.Text;
import dev.cutover.proxy.control.TenantRecord.PendingWork;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a tenant back to work as soon as its servers and the control database answer, and goes on with what its row says is
 * pending. The proxy starts it where a server is down, and after an operation that has lost one. Until then the tenant's
 * sessions are served where the serving side answers; the net marks what they write unmirrored. As an operation it keeps
 * others away from the tenant.
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
        if (tenant.mirroring() == null) {
            tenant.revokeReady("a server of the tenant did not answer when the proxy started"
                    + (tenant.awaitedRecovery() == null ? "" : ": " + tenant.awaitedRecovery()));
        }
        while (!listener.cancelled().getAsBoolean()) {
            try {
                Recovery.putToWork(tenant);
                tenant.recovered();
                LOG.info("at work again tenant={} phase={}", tenant.name(), tenant.phase());
                return goOn(tenant, listener);
            } catch (SQLException | IllegalStateException e) {
                if (!Recovery.mayPass(e)) {
                    throw e;
                }
                if (tenant.mirroring() == null) {
                    tenant.awaitsRecovery(Text.firstLine(e));
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        }
        return new Outcome("interrupted; the next proxy goes on");
    }

    /** With what the row says is pending. */
    static Outcome goOn(Tenant tenant, Listener listener) throws RefusedException, SQLException, InterruptedException {
        PendingWork pending = tenant.row().pendingWork();
        if (pending == PendingWork.BACKFILL) {
            return RunBackfill.again().run(tenant, OperationRequest.PLAIN, listener);
        }
        if (pending == PendingWork.VALIDATION) {
            Flip.prove(tenant);
        }
        return new Outcome("tenant " + tenant.name() + " is at work again in phase " + tenant.phase());
    }
}
